import type { TaskContext } from '../task-context.js';
import type { ToChild } from '../protocol/messages.js';
import { fromPayload, toPayload } from '../protocol/payload.js';
import { fromPlainError, toPlainError } from '../protocol/plain-error.js';
import { jobInChild } from './job-in-child.js';
import type { LoadedTask } from './load-task.js';
import type { ParentLink } from './parent-link.js';

/** One task in this process, from its message to its answer. */
export class TaskRun {
  private readonly controller = new AbortController();

  constructor(
    private readonly order: Extract<ToChild, { type: 'run' }>,
    private readonly task: LoadedTask,
    private readonly link: ParentLink,
  ) {}

  get id(): number {
    return this.order.id;
  }

  abort({ reason }: Extract<ToChild, { type: 'abort' }>): void {
    this.controller.abort(fromPlainError(reason));
  }

  /** Never rejects: what goes wrong is the answer. */
  async run(): Promise<void> {
    const { id, maxResultBytes } = this.order;
    // Written before the task begins: it may block the loop, or end the process.
    await this.link.send({ type: 'started', id, memory: this.link.memory() });
    try {
      const value: unknown = await this.call();
      const result = toPayload(value, 'the result of the task', maxResultBytes);
      await this.link.send({ type: 'done', id, memory: this.link.memory(), result });
    } catch (error) {
      await this.link.send({ type: 'failed', id, memory: this.link.memory(), error: toPlainError(error) });
    }
  }

  private call(): unknown {
    const { data, job } = this.order;
    const { signal } = this.controller;
    if (this.task.takes === 'data') return this.task.call(fromPayload(data), this.context(signal));
    const fields = job ? (fromPayload(job.fields) as Record<string, unknown>) : { data: fromPayload(data) };
    const seen = jobInChild(fields, (name, args) => this.link.call(this.id, name, args));
    return this.task.call(seen, job?.token, signal);
  }

  private context(signal: AbortSignal): TaskContext {
    const { link, id, task } = this;
    return {
      signal,
      updateProgress: async (progress) => void (await link.call(id, 'updateProgress', [progress])),
      log: async (line) => void (await link.call(id, 'log', [line])),
      get: (token) => {
        if (!task.context) {
          throw new Error('this isolated task has no Nest context: give run() a `context`');
        }
        return task.context.get(token, { strict: false });
      },
    };
  }
}
