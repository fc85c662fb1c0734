/** The loop is given a turn when so much work was done since the last. */
const SLICE_MS = 10;

const waiting: (() => void)[] = [];
let isArmed = false;
let turnedAt = 0;

/**
 * The least that gives jobs turns of their own, by which to tell what a turn costs from what else a library does: one
 * immediate for all who wait, one of them per turn. No memory, no lines, no rest for probes.
 */
export async function leastGate(): Promise<void> {
  if (waiting.length === 0 && performance.now() - turnedAt < SLICE_MS) return;
  await new Promise<void>((release) => {
    waiting.push(release);
    arm();
  });
}

function arm(): void {
  if (isArmed) return;
  isArmed = true;
  setImmediate(turn);
}

function turn(): void {
  isArmed = false;
  turnedAt = performance.now();
  const release = waiting.shift();
  if (!release) return;
  release();
  arm();
}
