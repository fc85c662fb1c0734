export { wrapNestWorkers } from './install.js';
export { SkipResilience, YieldBetweenJobs, type YieldBetweenJobsOptions } from './queue.decorators.js';
export { QueueResilienceService } from './queue-resilience.service.js';
export { withResilience } from './with-resilience.js';
export { WorkerSettingsExplorer } from './worker-settings.js';
