import { Controller, Get, type Type, VERSION_NEUTRAL } from '@nestjs/common';
import { HealthCheck, type HealthCheckResult, HealthCheckService } from '@nestjs/terminus';

import { EventLoopHealthIndicator } from './event-loop.health.js';
import { HeapHealthIndicator } from './heap.health.js';
import { MemoryBudgetHealthIndicator } from './memory-budget.health.js';
import { QueueWorkerHealthIndicator } from './queue-worker.health.js';
import { ReadinessHealthIndicator } from './readiness.health.js';
import { RssHealthIndicator } from './rss.health.js';

/**
 * A process that answers is alive; only a loop that is late by many probe periods is worth a restart, which
 * costs the caches and sends the load elsewhere.
 */
const LIVE_MAX_DELAY_MS = 10_000;

const healthControllers = new WeakSet<Type>();

/** Whether it was made by {@link createHealthController}. */
export function isHealthController(controller: Type): boolean {
  return healthControllers.has(controller);
}

/** The controller behind the extra `health`: everything, liveness (the loop, never memory) and readiness. */
export function createHealthController(path: string): Type {
  @Controller({ path, version: VERSION_NEUTRAL })
  class ResilienceHealthController {
    constructor(
      private readonly health: HealthCheckService,
      private readonly heap: HeapHealthIndicator,
      private readonly rss: RssHealthIndicator,
      private readonly eventLoop: EventLoopHealthIndicator,
      private readonly budget: MemoryBudgetHealthIndicator,
      private readonly workers: QueueWorkerHealthIndicator,
      private readonly readiness: ReadinessHealthIndicator,
    ) {}

    @Get()
    @HealthCheck()
    all(): Promise<HealthCheckResult> {
      return this.health.check([
        () => this.budget.check('memory_budget'),
        () => this.heap.check('heap'),
        () => this.rss.check('rss'),
        () => this.eventLoop.check('event_loop'),
        () => this.workers.check('queue_workers'),
        () => this.readiness.check('readiness'),
      ]);
    }

    @Get('live')
    @HealthCheck()
    live(): Promise<HealthCheckResult> {
      return this.health.check([() => this.eventLoop.check('event_loop', { maxDelayMs: LIVE_MAX_DELAY_MS })]);
    }

    @Get('ready')
    @HealthCheck()
    ready(): Promise<HealthCheckResult> {
      return this.health.check([
        () => this.readiness.check('readiness'),
        () => this.budget.check('memory_budget'),
        () => this.workers.check('queue_workers'),
      ]);
    }
  }
  healthControllers.add(ResilienceHealthController);
  return ResilienceHealthController;
}
