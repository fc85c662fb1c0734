import type { Child, ParentCommand } from 'bullmq';

import { type ExitExplanation, memoryDeathMarker } from '../../diagnosis/index.js';
import { describeError, SafeLogger } from '../../listeners/index.js';
import { bullMq } from '../worker/bullmq-package.js';
import { queueRuntime } from '../worker/queue-runtime.js';
import { ChildWatch, endsJob } from './child-watch.js';

const logger = new SafeLogger('Headroom');

/**
 * Starts a child of a sandboxed processor, and sees to it that its death fails its job, with the reason. By itself BullMQ
 * waits for ever for a child that dies while it starts: the job keeps its lock and `close()` never resolves. Of one that
 * dies later it tells the exit code. Errors of a child, a thread out of memory for one, would be uncaught exceptions of
 * the app. In `observe` mode the death is told, and the job left to BullMQ.
 */
export async function startWatched(child: Child, start: () => Promise<void>): Promise<void> {
  const watch = new ChildWatch(child);
  let fault: unknown;
  const death = new Promise<never>((_resolve, reject) => {
    const fail = (reason: string): void => {
      if (!isObserving()) reject(new Error(reason));
    };
    child.on('message', (message: ChildMessage | null) => {
      if (watch.phase === 'starting' && message?.cmd === bullMq!.ParentCommand.Failed) fault = message.value;
      else if (endsJob(message?.cmd)) watch.rests();
    });
    child.on('error', (error: unknown) => {
      fault = error;
      // There need not be an 'exit': a process that could not be spawned has none.
      if (!exists(child)) fail(tell(child, watch, watch.explain(null, null, error)));
      // Of a thread it is the end, and 'exit' follows.
      else if (!watch.isThread) logger.error(`${nameOf(watch)} had an error: ${describeError(error)}`);
    });
    // NOTE: registered before BullMQ's own listener that fails the job with nothing but the exit code.
    child.on('exit', (code: number | null, signal: string | null) => {
      if (watch.isBusy) {
        const reason = tell(child, watch, watch.explain(code, signal, fault));
        if (watch.phase === 'starting') fail(reason);
        else if (!isObserving()) child.emit('message', failedWith(reason, fault));
      }
      watch.close();
    });
  });
  attachWhenSpawned(child, watch);
  hearSends(child, watch);
  try {
    await Promise.race([start(), death]);
  } finally {
    if (watch.phase === 'starting') watch.rests();
    fault = undefined;
  }
}

function isObserving(): boolean {
  return queueRuntime.current?.isObserving === true;
}

interface ChildMessage {
  readonly cmd: ParentCommand;
  readonly value?: unknown;
}

/** BullMQ calls this private method when it has made the process, before it sends the first message. */
function attachWhenSpawned(child: Child, watch: ChildWatch): void {
  const inner = child as unknown as { initChild?: () => Promise<void> };
  const initChild = inner.initChild?.bind(child);
  if (!initChild) return;
  inner.initChild = async () => {
    watch.attach(!isObserving());
    return initChild();
  };
}

/**
 * Sees when a job is sent. BullMQ does not await what it sends to children: a child that has just died, or has closed
 * its channel, would end the app with an unhandled rejection.
 */
function hearSends(child: Child, watch: ChildWatch): void {
  const send = child.send.bind(child);
  child.send = (message) => {
    if ((message as { cmd?: unknown } | null)?.cmd === bullMq!.ChildCommand.Start) watch.starts();
    const sent = send(message);
    sent.catch(() => undefined);
    return sent;
  };
}

/** Logs all that is known about a death, and gives the reason with which its job fails. */
function tell(child: Child, watch: ChildWatch, { cause, isMemory, summary, text }: ExitExplanation): string {
  const when = watch.phase === 'starting' ? ' while it started' : '';
  const death = `${nameOf(watch)} died${when}`;
  if (cause !== 'shutdown') logger.error(`${death}: ${text}\nfile: ${child.processFile}`);
  return `${death}: ${summary} (${child.processFile})${isMemory ? ` ${memoryDeathMarker()}` : ''}`;
}

/** What a child says when its processor throws; BullMQ fails the job with it. */
function failedWith(message: string, fault: unknown): ChildMessage {
  const { code, stack } = Object(fault) as Partial<NodeJS.ErrnoException>;
  const traces = [`Error: ${message}`, ...(typeof stack === 'string' ? [stack] : [])];
  const value = { name: 'Error', message, stack: traces.join('\n'), ...(code !== undefined && { code }) };
  return { cmd: bullMq!.ParentCommand.Failed, value };
}

function exists({ childProcess, worker }: Child): boolean {
  return childProcess?.pid !== undefined || worker !== undefined;
}

function nameOf({ isThread }: ChildWatch): string {
  return `the sandboxed processor's ${isThread ? 'thread' : 'process'}`;
}
