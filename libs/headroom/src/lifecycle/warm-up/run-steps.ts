/** One thing that is done before the app is ready. */
export interface WarmUpStep {
  /** `CacheService.fill`, `GET /bundle/main` */
  readonly name: string;
  readonly run: (signal: AbortSignal) => unknown;
}

export interface StepFailure {
  readonly name: string;
  readonly why: string;
}

export interface WarmUpTally {
  readonly done: readonly string[];
  readonly failed: readonly StepFailure[];
  readonly tookMs: number;
}

/**
 * Runs the steps, one after the other. A step that fails leaves the others to run; the one that runs when the time is
 * over is no longer waited for, and none starts after it. Never rejects.
 *
 * @param cancel ends it at once: the app closes
 */
export async function runSteps(
  steps: readonly WarmUpStep[],
  timeoutMs: number,
  cancel: AbortSignal,
): Promise<WarmUpTally> {
  const since = performance.now();
  const done: string[] = [];
  const failed: StepFailure[] = [];
  const signal = AbortSignal.any([cancel, AbortSignal.timeout(Math.max(1, Math.round(timeoutMs)))]);
  for (const { name, run } of steps) {
    if (cancel.aborted) break;
    try {
      if (signal.aborted) throw new Error('not started in time');
      await whicheverFirst(run, signal);
      done.push(name);
    } catch (error) {
      failed.push({ name, why: whyOf(error, signal) });
    }
  }
  return { done, failed, tookMs: performance.now() - since };
}

async function whicheverFirst(run: WarmUpStep['run'], signal: AbortSignal): Promise<void> {
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(new Error('not done in time'));
    signal.addEventListener('abort', stop);
  });
  try {
    await Promise.race([run(signal), aborted]);
  } finally {
    signal.removeEventListener('abort', stop!);
  }
}

/** An aborted step says so in its own way, and that is not what happened. */
function whyOf(error: unknown, signal: AbortSignal): string {
  if (error instanceof Error && error.name === 'AbortError' && signal.aborted) return 'not done in time';
  return error instanceof Error ? error.message || error.name : String(error);
}
