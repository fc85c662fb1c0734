import type { INestApplication } from '@nestjs/common';

import type { Acts } from './setup.js';

const LOOK_EVERY_MS = 20;

/** Counts from now on what Headroom refuses, holds and judges. */
export async function countActs(app: INestApplication): Promise<() => Acts> {
  const { MemoryBudgetGuard, PressureService, WorkerRegistry } = await import('nestjs-headroom');
  const guard = app.get(MemoryBudgetGuard);
  const registry = app.get(WorkerRegistry);
  const levels = new Set<string>();
  let heldJobs = 0;
  app.get(PressureService).changes.subscribe(({ to }) => levels.add(to));
  setInterval(() => {
    const held = registry.reports().reduce((sum, worker) => sum + worker.held, 0);
    heldJobs = Math.max(heldJobs, held);
  }, LOOK_EVERY_MS);
  return () => ({ refusedRequests: guard.refused, heldJobs, levels: [...levels] });
}
