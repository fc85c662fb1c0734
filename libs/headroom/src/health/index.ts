export { type EventLoopCheckOptions, EventLoopHealthIndicator } from './event-loop.health.js';
export { createHealthController } from './health.controller.js';
export type { ShareThresholds } from './health-status.js';
export { HeapHealthIndicator } from './heap.health.js';
export { MemoryBudgetHealthIndicator } from './memory-budget.health.js';
export { QueueWorkerHealthIndicator } from './queue-worker.health.js';
export type { QueueWorkerCheckOptions } from './queue-worker-options.js';
export { ReadinessHealthIndicator } from './readiness.health.js';
export { RssHealthIndicator } from './rss.health.js';
