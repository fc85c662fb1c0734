import { SetMetadata } from '@nestjs/common';

export const ON_TASK_START = 'resilience:on-task-start';
export const ON_TASK_END = 'resilience:on-task-end';

/**
 * Calls the method with `TaskStartFacts` whenever a task starts: a wrapped job, a scheduled handler, a method
 * marked `@MemorySnapshot()`, bootstrap or shutdown. For methods of singletons. What it throws is logged once.
 *
 * @publicApi
 */
export const OnTaskStart = (): MethodDecorator => SetMetadata(ON_TASK_START, true);

/**
 * Calls the method with `TaskEndFacts` whenever a task has ended, well or not.
 *
 * @publicApi
 */
export const OnTaskEnd = (): MethodDecorator => SetMetadata(ON_TASK_END, true);
