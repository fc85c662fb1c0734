const SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGBREAK'];

/**
 * Counts the signals that come while the app already shuts down: somebody is in a hurry. It only listens to signals
 * that the app listens to as well; the others end the process as before.
 */
export class RepeatedSignals {
  private readonly listening: NodeJS.Signals[] = [];
  private readonly waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  received = 0;

  start(): void {
    for (const signal of SIGNALS) {
      if (process.listenerCount(signal) === 0) continue;
      this.listening.push(signal);
      process.on(signal, this.receive);
    }
  }

  stop(): void {
    for (const signal of this.listening.splice(0)) process.off(signal, this.receive);
  }

  /** Resolves when so many signals have come. */
  async after(count: number): Promise<void> {
    if (this.received >= count) return;
    return new Promise((resolve) => {
      this.waiting.push({ count, resolve });
    });
  }

  private readonly receive = (): void => {
    this.received++;
    for (const { count, resolve } of this.waiting) if (this.received >= count) resolve();
  };
}
