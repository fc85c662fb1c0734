import type { Job } from 'bullmq';

import type { CallName } from '../protocol/messages.js';

/** What a job is in the child: its fields, as BullMQ gives them to its own sandboxes, with the data read. */
export function fieldsOf(job: Job): Record<string, unknown> {
  const { data: _text, ...fields } = job.asJSONSandbox() as unknown as Record<string, unknown>;
  return { ...fields, data: job.data as unknown };
}

/** Carries out what a task calls on its job. */
export async function callJob(job: Job, name: CallName, args: readonly unknown[]): Promise<unknown> {
  const methods = job as unknown as Record<CallName, (...given: readonly unknown[]) => Promise<unknown>>;
  return methods[name](...args);
}
