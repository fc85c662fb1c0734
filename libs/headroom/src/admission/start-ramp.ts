/** Milliseconds between two starts that make the number of running jobs grow. */
export const RAMP_STEP_MS = 50;

/**
 * Spaces the starts after a shortage: what the last job takes shall be seen before the next one takes it too. Only
 * growth is spaced: a job that follows one that has ended starts at once, so that small jobs are not slowed down.
 *
 * States: *off* -> *on*, with the number of jobs that have run at once since, the height that was reached.
 */
export class StartRamp {
  private reached = Infinity;
  private nextAt = -Infinity;

  get isOn(): boolean {
    return this.reached !== Infinity;
  }

  /** Jobs that run now have proved that so many can. */
  begin(running: number): void {
    if (!this.isOn) this.reached = running;
  }

  /** What ran before proves nothing any more. */
  restart(): void {
    this.reached = 0;
  }

  end(): void {
    this.reached = Infinity;
  }

  /** Milliseconds until one more job may start beside `running` others. */
  waitMs(running: number, nowMs: number): number {
    return running < this.reached ? 0 : Math.max(0, this.nextAt - nowMs);
  }

  /** A job has started. @param running with it */
  started(running: number, nowMs: number): void {
    if (running <= this.reached) return;
    this.reached = running;
    this.nextAt = nowMs + RAMP_STEP_MS;
  }
}
