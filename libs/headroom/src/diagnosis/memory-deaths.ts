const MARKER = /\[HEADROOM_MEMORY_DEATH(?: (\d+))?\]/;

/**
 * What stands in the message of an error, and so in the job's stack traces, when a process died for want of memory
 * with it. The number makes it count where a job keeps its last stack traces only (`stackTraceLimit`).
 */
export function memoryDeathMarker(death?: number): string {
  return death === undefined ? '[HEADROOM_MEMORY_DEATH]' : `[HEADROOM_MEMORY_DEATH ${death}]`;
}

export function isMemoryDeath(text: string): boolean {
  return MARKER.test(text);
}

/** The same text with the number of the death in its marker. */
export function numberMemoryDeath(text: string, death: number): string {
  return text.replace(MARKER, memoryDeathMarker(death));
}

/** How many processes died for want of memory with a job, as its stack traces tell. */
export function countMemoryDeaths(stacktrace: readonly string[]): number {
  let count = 0;
  let highest = 0;
  for (const trace of stacktrace) {
    const match = MARKER.exec(trace);
    if (!match) continue;
    count++;
    highest = Math.max(highest, Number(match[1] ?? 0));
  }
  return Math.max(count, highest);
}

/** What a job fails with that is not tried again, after what has become of it. */
export function describeMemoryDeaths(reason: string, deaths: number): string {
  return (
    `${reason}. This was death ${deaths} of this job for want of memory: it fails for good and is not tried again, ` +
    `since that would end the same way. Give it more memory or split it; then retry it by hand.`
  );
}
