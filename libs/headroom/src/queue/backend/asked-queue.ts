import type { Worker } from 'bullmq';

import type { BackendAnswer, QueueBackend, QueueBackendReport } from '../../admission/index.js';
import { FaultLog, SafeLogger } from '../../listeners/index.js';
import { askBackend } from './backend-report.js';
import { clientListsOf, forgetClientLists } from './client-lists.js';
import { SharedQuestion } from './shared-question.js';

/** Probes come every second or so, from more than one prober. */
const KEEP_ANSWER_MS = 1000;

/** A queue of this process's workers, and the one question that may be open about it. */
export class AskedQueue implements QueueBackend {
  private readonly workers = new Set<Worker>();
  private readonly faults: FaultLog;
  private readonly question: SharedQuestion<QueueBackendReport>;

  constructor(readonly queue: string) {
    this.faults = new FaultLog(new SafeLogger('Headroom'), `asking the backend of queue "${queue}"`);
    this.question = new SharedQuestion(KEEP_ANSWER_MS, (error) => this.failed(error));
  }

  get isEmpty(): boolean {
    return this.workers.size === 0;
  }

  join(worker: Worker): void {
    this.workers.add(worker);
    // NOTE: ioredis loses commands that were sent when a connection breaks again before it was ready.
    worker.backend.on('ready', () => this.forget(worker));
  }

  /** What was asked over the connection of a worker that has closed may never be answered. */
  leave(worker: Worker): void {
    this.workers.delete(worker);
    this.forget(worker);
  }

  async ask(timeoutMs: number): Promise<BackendAnswer> {
    const { tookMs, value: report } = await this.question.ask(() => this.put(), timeoutMs);
    return { tookMs, report };
  }

  private async put(): Promise<QueueBackendReport> {
    const { asker } = this;
    if (!asker) throw new Error('all its workers have closed');
    return askBackend(asker.backend, clientListsOf(asker));
  }

  private forget(worker: Worker): void {
    this.question.forget();
    forgetClientLists(worker);
  }

  private get asker(): Worker | undefined {
    const workers = [...this.workers];
    return workers.find(({ closing }) => closing === undefined) ?? workers[0];
  }

  private failed(error: unknown): void {
    // A connection that is being closed rejects what is open.
    if (this.asker?.closing === undefined && !this.isEmpty) this.faults.report(error);
  }
}
