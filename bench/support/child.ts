import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** A process of its own that answers one question at a time. */
export interface Child<Ready> {
  readonly pid: number | undefined;
  /** What it told when it was ready. */
  readonly ready: Ready;
  ask<Answer>(question: string): Promise<Answer>;
  stop(): Promise<void>;
}

/**
 * Starts `script`, which calls `serveParent()`, with `setup` as its argument. Nothing is shared between two
 * children, and what they log goes nowhere: the cost of formatting it stays, that of a slow terminal does not.
 */
export async function startChild<Ready>(script: URL, setup: object): Promise<Child<Ready>> {
  return connect(fork(script, [JSON.stringify(setup)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }));
}

/** Waits until a process that was started with an IPC channel calls `serveParent()`. */
export async function connect<Ready>(child: ChildProcess): Promise<Child<Ready>> {
  const ready = await nextMessage<Ready>(child);
  return {
    pid: child.pid,
    ready,
    ask: async <Answer>(question: string) => {
      const [answer] = await Promise.all([nextMessage<Answer>(child), send(child, question)]);
      return answer;
    },
    stop: async () => {
      child.disconnect();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

async function send(child: ChildProcess, message: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.send(message, (error) => (error ? reject(error) : resolve()));
  });
}

async function nextMessage<Message>(child: ChildProcess): Promise<Message> {
  return new Promise((resolve, reject) => {
    const exited = (code: number | null): void =>
      reject(new Error(`${child.spawnargs.join(' ')}: exit ${code}`));
    child.once('exit', exited);
    child.once('message', (message: Message) => {
      child.off('exit', exited);
      resolve(message);
    });
  });
}
