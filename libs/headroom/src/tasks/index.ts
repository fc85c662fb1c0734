export { LifecycleSnapshots } from './lifecycle-snapshots.service.js';
export { MemorySnapshot } from './memory-snapshot.decorator.js';
export { ScheduledTasksExplorer } from './scheduled-tasks.explorer.js';
export type { TaskEndFacts, TaskStartFacts } from './task-facts.js';
export { OnTaskEnd, OnTaskStart } from './task-hooks.decorators.js';
export { TaskRecorder } from './task-recorder.service.js';
