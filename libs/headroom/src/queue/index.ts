export { wrapNestWorkers } from './worker/install.js';
export { SkipResilience, YieldBetweenJobs, type YieldBetweenJobsOptions } from './worker/queue.decorators.js';
export { QueueResilienceService } from './queue-resilience.service.js';
export { withResilience } from './worker/with-resilience.js';
export { WorkerSettingsExplorer } from './worker/worker-settings.js';
