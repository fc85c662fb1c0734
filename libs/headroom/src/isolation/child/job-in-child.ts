import type { CallName } from '../protocol/messages.js';

/** Methods of BullMQ's `Job` that are carried out in the parent. */
const METHODS: readonly CallName[] = [
  'updateProgress',
  'log',
  'updateData',
  'clearLogs',
  'getChildrenValues',
  'getIgnoredChildrenFailures',
  'getDependencies',
  'getDependenciesCount',
  'moveToDelayed',
  'moveToWait',
  'moveToWaitingChildren',
  'extendLock',
];

/** The job as its task sees it: the fields as they were when it started, and methods that the parent carries out. */
export function jobInChild(
  fields: Readonly<Record<string, unknown>>,
  call: (name: CallName, args: readonly unknown[]) => Promise<unknown>,
): Record<string, unknown> {
  const job: Record<string, unknown> = { ...fields };
  for (const name of METHODS) {
    job[name] = async (...args: unknown[]) => {
      // As BullMQ does: what was written can be read at once.
      if (name === 'updateProgress') job.progress = args[0];
      if (name === 'updateData') job.data = args[0];
      return call(name, args);
    };
  }
  return job;
}
