import type { Child, ParentCommand } from 'bullmq';

import { describeError, SafeLogger } from '../../listeners/index.js';
import { bullMq } from '../worker/bullmq-package.js';

const logger = new SafeLogger('Headroom');

/**
 * Starts a child of a sandboxed processor, and sees to it that its death fails its job. By itself BullMQ waits for ever
 * for a child that dies while it starts: the job keeps its lock and `close()` never resolves. Errors of a child, a
 * thread out of memory for one, would be uncaught exceptions of the app.
 */
export async function startWatched(child: Child, start: () => Promise<void>): Promise<void> {
  let isStarting = true;
  let fault: unknown;
  const death = new Promise<never>((_resolve, reject) => {
    child.on('message', (message: ChildMessage | null) => {
      if (isStarting && message?.cmd === bullMq!.ParentCommand.Failed) fault = message.value;
    });
    child.on('error', (error: unknown) => {
      fault = error;
      if (!isStarting) logger.error(`${nameOf(child)} had an error: ${describeError(error)}`);
      // There need not be an 'exit': a process that could not be spawned has none.
      else reject(new Error(`${nameOf(child)} died while it started: ${reasonOf(error)} ${fileOf(child)}`));
    });
    // NOTE: registered before BullMQ's own listener that fails the job with nothing but the exit code.
    child.on('exit', (code: number | null, signal: string | null) => {
      if (isStarting) reject(new Error(describeStartDeath(child, code, signal, fault)));
      else if (fault !== undefined) child.emit('message', failedBy(child, fault));
    });
  });
  letSendsFail(child);
  try {
    await Promise.race([start(), death]);
  } finally {
    isStarting = false;
    fault = undefined;
  }
}

interface ChildMessage {
  readonly cmd: ParentCommand;
  readonly value?: unknown;
}

/** What a child says when its processor throws; BullMQ fails the job with it. */
function failedBy(child: Child, fault: unknown): ChildMessage {
  const { code, stack } = partsOf(fault);
  const message = `${nameOf(child)} died: ${reasonOf(fault)} ${fileOf(child)}`;
  return { cmd: bullMq!.ParentCommand.Failed, value: { name: 'Error', message, code, stack } };
}

/**
 * BullMQ does not await what it sends to children: a child that has just died, or has closed its channel, would end
 * the app with an unhandled rejection.
 */
function letSendsFail(child: Child): void {
  const send = child.send.bind(child);
  child.send = (message) => {
    const sent = send(message);
    sent.catch(() => undefined);
    return sent;
  };
}

function describeStartDeath(child: Child, code: number | null, signal: string | null, fault: unknown) {
  const how = signal ? `signal ${signal}` : `exit code ${code}`;
  const why = fault === undefined ? '' : `: ${reasonOf(fault)}`;
  return `${nameOf(child)} died while it started: ${how}${why} ${fileOf(child)}`;
}

function reasonOf(fault: unknown): string {
  const { code, message } = partsOf(fault);
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') return `it ran out of memory (${code}: ${message})`;
  return typeof message === 'string' ? message : describeError(fault);
}

/** Anything can be thrown, and arrive here. */
function partsOf(fault: unknown): Partial<NodeJS.ErrnoException> {
  return Object(fault) as Partial<NodeJS.ErrnoException>;
}

function nameOf({ worker }: Child): string {
  return `the sandboxed processor's ${worker ? 'thread' : 'process'}`;
}

function fileOf({ processFile }: Child): string {
  return `(${processFile})`;
}
