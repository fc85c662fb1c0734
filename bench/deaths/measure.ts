import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { MemoryCgroup } from '../../test/support/memory-cgroup.js';
import { connect } from '../support/child.js';
import { descendantsOf } from '../support/descendants.js';
import type { JobEnd, Setup } from './setup.js';

const SCRIPT = fileURLToPath(new URL('./app-process.js', import.meta.url));
/** After it, what has not ended counts as hanging. */
const DEADLINE_MS = 8000;
const CLOSE_WITHIN_MS = 4000;
const MB = 2 ** 20;

/** What became of the job, and of its app. */
export type Outcome =
  | (JobEnd & { readonly tookMs: number; readonly closes: boolean })
  | { readonly state: 'hangs' }
  /** It died with its job. */
  | { readonly state: 'app died'; readonly how: string };

/** One death, in an app of its own, that is killed with all its children at the end. */
export async function measure(setup: Setup): Promise<Outcome> {
  const { limitMb } = setup.death;
  const cgroup = limitMb === undefined ? undefined : MemoryCgroup.create(limitMb * MB);
  const args = [SCRIPT, JSON.stringify(setup)];
  const stdio = ['ignore', 'ignore', 'ignore', 'ipc'] as const;
  const app = cgroup
    ? cgroup.spawn(args, { stdio: [...stdio] })
    : spawn(process.execPath, args, { stdio: [...stdio] });
  try {
    return await outcomeOf(app);
  } finally {
    await end(app);
    await cgroup?.remove();
  }
}

async function outcomeOf(app: ChildProcess): Promise<Outcome> {
  const child = await connect(app);
  const since = performance.now();
  const died = once(app, 'exit').then(([code, signal]): Outcome => {
    return { state: 'app died', how: signal === null ? `exit code ${code}` : `${signal}` };
  });
  const ran = child.ask<JobEnd>('run').then(async (jobEnd): Promise<Outcome> => {
    const tookMs = performance.now() - since;
    const closed = child.ask('close').then(() => true);
    return { ...jobEnd, tookMs, closes: await Promise.race([closed, delay(CLOSE_WITHIN_MS, false)]) };
  });
  // What is asked of an app that has died fails: that it has died is the answer.
  const answered = ran.catch(() => died);
  const deadline = new AbortController();
  try {
    return await Promise.race([answered, died, delay(DEADLINE_MS, { state: 'hangs' } as const, deadline)]);
  } finally {
    deadline.abort();
  }
}

/** Children first: one that loops outlives its parent. */
async function end(app: ChildProcess): Promise<void> {
  const { pid, exitCode, signalCode } = app;
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  const exited = once(app, 'exit');
  const children = descendantsOf(pid);
  for (const each of [pid, ...children]) {
    try {
      process.kill(each, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
  await exited;
}
