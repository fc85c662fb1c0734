import { writeFileSync } from 'node:fs';

import { markAsChild } from '../protocol/inside-child.js';
import { isOurs, type TaskPlace, type ToChild } from '../protocol/messages.js';
import { loadTask, type LoadedTask } from './load-task.js';
import { outliveSignals } from './outlive-signals.js';
import { ParentLink } from './parent-link.js';
import { TaskRun } from './task-run.js';
import { dieWithParent } from './watch-parent.js';

/** What is known of the heap when this process dies in the middle of a task is the last of these. */
const MEMORY_EVERY_MS = 250;

/** Entry of a child process: loads one task, and runs it as often as the parent says. */
async function main(): Promise<void> {
  markAsChild();
  dieWithParent();
  offerToKernel();
  const place = JSON.parse(process.argv[2]!) as TaskPlace;
  const link = new ParentLink();
  // Loaded before the first message that asks for it.
  let task!: LoadedTask;
  let current: TaskRun | undefined;
  const spare = outliveSignals();

  const start = async (order: Extract<ToChild, { type: 'run' }>): Promise<void> => {
    const run = (current = new TaskRun(order, task, link));
    const timer = setInterval(() => {
      void link.send({ type: 'memory', memory: link.memory() });
    }, MEMORY_EVERY_MS);
    await run.run();
    clearInterval(timer);
    current = undefined;
  };

  process.on('message', (received: unknown) => {
    if (!isOurs(received)) return;
    const message = received as ToChild;
    if (message.type === 'run') void start(message);
    else if (message.type === 'answer') link.answered(message);
    else if (message.type === 'draining') spare();
    else if (current?.id === message.id) current.abort(message);
  });
  // NOTE: it listens while it loads, for the app may drain meanwhile; but a module that waits for nothing must not hang.
  process.channel?.unref();
  task = await loadTask(place);
  process.channel?.ref();
  // The parent has no more tasks for this process. What a task has left open does not keep it; one that has closed the
  // channel itself is ended by the parent, which then knows why.
  process.on('disconnect', () => {
    if (!current) void end(task);
  });
  await link.send({ type: 'ready' });
}

async function end({ context }: LoadedTask): Promise<void> {
  try {
    await context?.close();
  } finally {
    process.exit();
  }
}

/** When the kernel has to kill, it takes this process first, and not the app (oom_score_adj, proc_pid(5)). */
function offerToKernel(): void {
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // Not Linux, or not allowed: the kernel chooses by itself.
  }
}

// A task that cannot be loaded is an uncaught error: its stack is on stderr, where the parent reads it.
main().catch((error: unknown) =>
  setImmediate(() => {
    throw error;
  }),
);
