/**
 * Says aloud that specs are skipped and why, so that a skip is never taken for a pass. With the variable
 * named by `requiredBy` set to `1`, the skip is a failure instead.
 */
export function skipped(what: string, reason: string, requiredBy: string): string {
  if (process.env[requiredBy] === '1') {
    throw new Error(`${what}: ${reason}. ${requiredBy}=1 forbids skipping these specs.`);
  }
  process.stdout.write(`SKIPPED ${what}: ${reason}. Set ${requiredBy}=1 to make this a failure.\n`);
  return reason;
}
