import type { INestApplication } from '@nestjs/common';

import type { Acts } from './setup.js';

const LOOK_EVERY_MS = 20;

/** What Headroom refuses, holds and judges, counted between the two calls. */
export class HeadroomActs {
  private acts: (() => Acts) | undefined;

  constructor(private readonly app: INestApplication) {}

  async count(): Promise<void> {
    const { MemoryBudgetGuard, PressureService, WorkerRegistry } = await import('nestjs-headroom');
    const guard = this.app.get(MemoryBudgetGuard);
    const registry = this.app.get(WorkerRegistry);
    const refusedBefore = guard.refused;
    const levels = new Set<string>();
    let heldJobs = 0;
    this.app.get(PressureService).changes.subscribe(({ to }) => levels.add(to));
    setInterval(() => {
      const held = registry.reports().reduce((sum, worker) => sum + worker.held, 0);
      heldJobs = Math.max(heldJobs, held);
    }, LOOK_EVERY_MS);
    this.acts = () => ({ refusedRequests: guard.refused - refusedBefore, heldJobs, levels: [...levels] });
  }

  take(): Acts | undefined {
    return this.acts?.();
  }
}
