const startedAt = performance.now();

/** On stderr: stdout holds the report alone. */
export function progress(line: string): void {
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  console.error(`[${String(seconds).padStart(4)}s] ${line}`);
}
