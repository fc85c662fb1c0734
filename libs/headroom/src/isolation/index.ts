export { IsolatedProcessor } from './isolated-processor.decorator.js';
export { IsolatedTaskError } from './isolated-task.error.js';
export { IsolatedTaskRunner } from './isolated-task-runner.service.js';
export type { IsolationReport } from './parent/isolation-report.js';
export type { IsolatedRunOptions, IsolationSettings } from './run-options.js';
export type { IsolatedTask, TaskContext } from './task-context.js';
