import type { Drainable } from './drainable.js';

export interface DrainTimes {
  /** Milliseconds that running work has to end by itself. */
  readonly timeoutMs: number;
  /** Milliseconds that it has after it was told to stop. */
  readonly graceMs: number;
}

/** Whoever wants it to go faster. */
export interface Hurry {
  /** Resolves when the drain was asked to hurry so many times. */
  after(count: number): Promise<void>;
}

/**
 * Lets running work end.
 *
 * States: *finishing* (nothing new starts; until idle, `timeoutMs`, or the first hurry) -> *cancelling* (it is told to
 * stop; until idle, `graceMs`, or the second hurry) -> *handing back* what runs on -> *closed*. Who is idle goes
 * straight to *closed*.
 */
export async function drain(
  all: readonly Drainable[],
  { timeoutMs, graceMs }: DrainTimes,
  hurry: Hurry,
): Promise<void> {
  for (const one of all) one.stopTaking();
  if (!(await isIdleWithin(all, timeoutMs, hurry.after(1)))) {
    for (const one of all) one.cancel();
    if (!(await isIdleWithin(all, graceMs, hurry.after(2)))) {
      await Promise.all(all.map(async (one) => one.handBack()));
    }
  }
  await Promise.all(all.map(async (one) => one.close()));
}

async function isIdleWithin(all: readonly Drainable[], ms: number, hurry: Promise<void>): Promise<boolean> {
  const idle = Promise.all(all.map(async (one) => one.whenIdle())).then(() => true);
  let timer: NodeJS.Timeout | undefined;
  // It keeps the process alive: nothing else might.
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  try {
    return await Promise.race([idle, late, hurry.then(() => false)]);
  } finally {
    clearTimeout(timer);
  }
}
