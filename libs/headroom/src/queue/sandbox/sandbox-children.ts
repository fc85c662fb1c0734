import type { Child, ChildPool, Worker } from 'bullmq';
import { setTimeout as wait } from 'node:timers/promises';

import { bullMq } from '../worker/bullmq-package.js';
import { startWatched } from './child-deaths.js';

const DEAD_WITHIN_MS = 1000;
const ofWorkers = new WeakMap<Worker, SandboxChildren>();
/** Whose pool makes a child at this moment. */
let making: SandboxChildren | undefined;
let isInstalled = false;

/** The processes or threads in which one worker runs its sandboxed processor. */
export class SandboxChildren {
  private readonly starting = new Set<Child>();

  private constructor(private readonly pool: ChildPool) {}

  static of(worker: Worker): SandboxChildren | undefined {
    return ofWorkers.get(worker);
  }

  /** Watches over the children of a worker from now on; does nothing where BullMQ is not built as we know it. */
  static watch(worker: Worker): void {
    const { childPool: pool } = worker as unknown as { childPool?: unknown };
    // NOTE: not when there is a second BullMQ: its children are of a class that we do not have.
    if (!(pool instanceof bullMq!.ChildPool) || typeof pool.retain !== 'function' || !install()) return;
    const children = new SandboxChildren(pool);
    ofWorkers.set(worker, children);
    const retain = pool.retain.bind(pool);
    pool.retain = (file) => {
      making = children;
      try {
        return retain(file);
      } finally {
        making = undefined;
      }
    };
  }

  async start(child: Child, start: () => Promise<void>): Promise<void> {
    this.starting.add(child);
    try {
      await startWatched(child, start);
    } finally {
      this.starting.delete(child);
    }
  }

  /** Kills those that run a job or start for one. Returns when they are gone, or after a second. Never rejects. */
  async kill(): Promise<void> {
    const { retained } = this.pool as Partial<ChildPool>;
    const children = [...this.starting, ...Object.values(retained ?? {})];
    if (children.length === 0) return;
    const giveUp = new AbortController();
    await Promise.race([
      Promise.allSettled(children.map(async (child) => child.kill('SIGKILL'))),
      wait(DEAD_WITHIN_MS, undefined, { signal: giveUp.signal }).catch(() => undefined),
    ]);
    giveUp.abort();
  }
}

/** Once per process. Children of other pools, those of workers that are not wrapped, start as ever. */
function install(): boolean {
  if (isInstalled) return true;
  const prototype = bullMq!.Child.prototype as { init: (this: Child) => Promise<void>; send: unknown };
  const { init } = prototype;
  if (typeof init !== 'function' || typeof prototype.send !== 'function') return false;
  // NOTE: called by the pool in the same turn in which it is asked for a child, so that `making` is its owner.
  prototype.init = async function initWatched() {
    const start = async (): Promise<void> => init.call(this);
    return making ? making.start(this, start) : start();
  };
  return (isInstalled = true);
}
