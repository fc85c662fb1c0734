import type { QueueBase } from 'bullmq';

import type { BackendAnswer, QueueBackend, QueueBackendReport } from '../../admission/index.js';
import { FaultLog, SafeLogger } from '../../listeners/index.js';
import { bullMq } from '../worker/bullmq-package.js';
import { askBackend } from './backend-report.js';
import { clientListsOf, forgetClientLists } from './client-lists.js';
import { SharedQuestion } from './shared-question.js';

/** Probes come every second or so, from more than one prober. */
const KEEP_ANSWER_MS = 1000;

/** A queue that this process works on or adds to, and the one question that may be open about it. */
export class AskedQueue implements QueueBackend {
  private readonly connected = new Set<QueueBase>();
  private readonly faults: FaultLog;
  private readonly question: SharedQuestion<QueueBackendReport>;

  constructor(readonly queue: string) {
    this.faults = new FaultLog(new SafeLogger('Headroom'), `asking the backend of queue "${queue}"`);
    this.question = new SharedQuestion(KEEP_ANSWER_MS, (error) => this.failed(error));
  }

  get isEmpty(): boolean {
    return this.connected.size === 0;
  }

  /** @param one a worker, or BullMQ's `Queue` */
  join(one: QueueBase): void {
    if (this.connected.has(one)) return;
    this.connected.add(one);
    // NOTE: ioredis loses commands that were sent when a connection breaks again before it was ready.
    one.backend.on('ready', () => this.forget(one));
  }

  /** What was asked over a connection that has closed may never be answered. */
  leave(one: QueueBase): void {
    if (this.connected.delete(one)) this.forget(one);
  }

  async ask(timeoutMs: number): Promise<BackendAnswer> {
    const { tookMs, value: report } = await this.question.ask(() => this.put(), timeoutMs);
    return { tookMs, report };
  }

  private async put(): Promise<QueueBackendReport> {
    const { asker } = this;
    if (!asker) throw new Error('all its connections have closed');
    return askBackend(asker.backend, clientListsOf(asker), this.hasWorker);
  }

  private get hasWorker(): boolean {
    const Worker = bullMq?.Worker;
    return Worker !== undefined && [...this.connected].some((one) => one instanceof Worker);
  }

  private forget(one: QueueBase): void {
    this.question.forget();
    forgetClientLists(one);
  }

  private get asker(): QueueBase | undefined {
    const connected = [...this.connected];
    return connected.find(({ closing }) => closing === undefined) ?? connected[0];
  }

  private failed(error: unknown): void {
    // A connection that is being closed rejects what is open.
    if (this.asker?.closing === undefined && !this.isEmpty) this.faults.report(error);
  }
}
