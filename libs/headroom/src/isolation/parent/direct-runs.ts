import type { DrainTally, Drainable } from '../../lifecycle/index.js';

/** Runs that are no jobs: a shutdown waits for them as it does for jobs, and then tells them to stop. */
export class DirectRuns implements Drainable {
  private readonly runs = new Map<AbortController, string>();
  private readonly told: string[] = [];
  private finished = 0;
  private isDraining = false;
  private becomeIdle: (() => void) | undefined;

  /** Runs a task with a signal that is aborted when the caller's is, or when the shutdown cannot wait any longer. */
  async track<T>(
    name: string,
    signal: AbortSignal | undefined,
    run: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const controller = new AbortController();
    const abort = () => controller.abort(signal!.reason);
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted) abort();
    this.runs.set(controller, name);
    try {
      return await run(controller.signal);
    } finally {
      signal?.removeEventListener('abort', abort);
      this.runs.delete(controller);
      if (this.isDraining) this.finished++;
      if (this.runs.size === 0) this.becomeIdle?.();
    }
  }

  get isInUse(): boolean {
    return this.runs.size > 0;
  }

  get running(): readonly string[] {
    return [...this.runs.values()].map((name) => `isolated task ${name}`);
  }

  /** Jobs and requests that end may still run some. */
  stopTaking(): void {
    this.isDraining = true;
  }

  async whenIdle(): Promise<void> {
    if (this.runs.size === 0) return;
    await new Promise<void>((resolve) => {
      this.becomeIdle = resolve;
    });
  }

  cancel(): void {
    for (const [controller, name] of this.runs) {
      this.told.push(`isolated task ${name}`);
      controller.abort(new DOMException('the app shuts down', 'AbortError'));
    }
  }

  /** There is no queue that they could go back to. */
  async handBack(): Promise<void> {}

  async close(): Promise<void> {}

  tally(): DrainTally {
    return {
      finished: this.finished - this.told.length,
      cancelled: this.told,
      handedBack: [],
      leftToLock: [],
    };
  }
}
