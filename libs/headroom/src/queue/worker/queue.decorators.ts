import { SetMetadata } from '@nestjs/common';

export const YIELD_BETWEEN_JOBS = 'resilience:yield-between-jobs';
export const SKIP_RESILIENCE = 'resilience:skip';

/** @publicApi */
export interface YieldBetweenJobsOptions {
  /**
   * Milliseconds of work after which the next job of this worker waits for a fresh turn of the event loop.
   * With `0` none of its jobs starts in a turn in which another one has started; another one may come after it.
   *
   * @default the module's `turnGate.sliceMs`
   * Minimum: `0`.
   */
  sliceMs?: number;
}

/**
 * On a `@Processor()` class: its own slice at the turn gate, for jobs that are much longer or shorter than
 * those of the other queues.
 *
 * @throws {RangeError} when `sliceMs` is not a number of at least 0
 * @throws {TypeError} for any other option
 * @example
 * ```ts
 * @YieldBetweenJobs({ sliceMs: 0 })
 * @Processor('bundles')
 * export class BundleProcessor extends WorkerHost {}
 * ```
 * @publicApi
 */
export function YieldBetweenJobs({ sliceMs, ...others }: YieldBetweenJobsOptions = {}): ClassDecorator {
  if (sliceMs !== undefined && !(Number.isFinite(sliceMs) && sliceMs >= 0)) {
    const received = typeof sliceMs === 'number' ? String(sliceMs) : JSON.stringify(sliceMs);
    throw new RangeError(
      `@YieldBetweenJobs({ sliceMs }): received ${received}; allowed: a number of milliseconds, 0 or more`,
    );
  }
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    throw new TypeError(`@YieldBetweenJobs(): received "${unknown}"; allowed: sliceMs`);
  return SetMetadata(YIELD_BETWEEN_JOBS, { sliceMs });
}

/**
 * On a `@Processor()` class: its jobs are neither gated nor held nor logged, and whether they kill processes is left to
 * BullMQ's `maxStalledCount`. For jobs that must start at once whatever the state of the process, and are small. A shutdown
 * leaves them to BullMQ, too: it closes the worker after `onModuleDestroy()`, and until then new jobs start.
 *
 * @publicApi
 */
export const SkipResilience = (): ClassDecorator => SetMetadata(SKIP_RESILIENCE, true);
