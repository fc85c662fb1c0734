/** What came of a question: no value when there was no answer in time, or an error. */
export interface Answered<T> {
  readonly tookMs: number;
  readonly value: T | undefined;
}

interface Open<T> {
  readonly since: number;
  readonly waiting: Set<(answer: Answered<T>) => void>;
}

/**
 * A question that is open once: who asks meanwhile waits for the same answer, each for as long as they like. What
 * came of it is kept for a moment.
 */
export class SharedQuestion<T> {
  private open: Open<T> | undefined;
  private kept: { readonly untilMs: number; readonly answer: Answered<T> } | undefined;

  constructor(
    private readonly keepMs: number,
    private readonly onError: (error: unknown) => void = () => undefined,
  ) {}

  async ask(question: () => Promise<T>, timeoutMs: number): Promise<Answered<T>> {
    if (this.kept && performance.now() < this.kept.untilMs) return this.kept.answer;
    return waitFor((this.open ??= this.start(question)), timeoutMs);
  }

  /** The question that is open may stay without an answer: the next one to ask puts it anew. */
  forget(): void {
    this.open = undefined;
    this.kept = undefined;
  }

  private start(question: () => Promise<T>): Open<T> {
    const open: Open<T> = { since: performance.now(), waiting: new Set() };
    void this.settle(open, question);
    return open;
  }

  private async settle(open: Open<T>, question: () => Promise<T>): Promise<void> {
    const value = await this.answerTo(question);
    const now = performance.now();
    const answer = { tookMs: now - open.since, value };
    if (this.open === open) {
      this.open = undefined;
      this.kept = { untilMs: now + this.keepMs, answer };
    }
    for (const resolve of open.waiting) resolve(answer);
  }

  private async answerTo(question: () => Promise<T>): Promise<T | undefined> {
    try {
      return await question();
    } catch (error) {
      this.onError(error);
      return undefined;
    }
  }
}

// NOTE: not a race of promises. Each would stay attached to a question that is open for hours.
function waitFor<T>({ since, waiting }: Open<T>, timeoutMs: number): Promise<Answered<T>> {
  return new Promise((resolve) => {
    const finish = (answer: Answered<T>) => {
      clearTimeout(timer);
      waiting.delete(finish);
      resolve(answer);
    };
    const giveUp = () => finish({ tookMs: performance.now() - since, value: undefined });
    // After a blocked loop the timer comes before the answer, which is there to be read in the same turn.
    const timer = setTimeout(() => setImmediate(giveUp), timeoutMs).unref();
    waiting.add(finish);
  });
}
