import { SetMetadata } from '@nestjs/common';

import { type ByteSize, parseBytes } from '../units/index.js';

export const MEMORY_COST = 'resilience:memory-cost';
/** Nothing takes less: whoever writes `60` means megabytes. */
const LEAST_BYTES = 1024;

/**
 * What one unit of work takes at its peak: bytes, a text such as `'60mb'`, or `'none'` for work that is neither
 * reserved for nor watched.
 *
 * @publicApi
 */
export type MemoryCostValue = ByteSize;

/** Costs per job name, for a processor whose jobs differ. @publicApi */
export type MemoryCostByJobName = Readonly<Record<string, MemoryCostValue>>;

/**
 * Declares what one unit of work takes at its peak, in place of learning it: on a route or a controller for a
 * request, on a processor class for a job, by job name where they differ. It starts when that much is free under
 * the budget. `'none'` opts out: the work is neither reserved for nor watched.
 *
 * @example
 * ```ts
 * @MemoryCost('60mb') @Get('export') export() {}
 * @MemoryCost({ build: '200mb', ping: 'none' }) @Processor('reports') class ReportsProcessor extends WorkerHost {}
 * ```
 * @throws {TypeError} when decorating, for a value that is no size
 * @publicApi
 */
export function MemoryCost(cost: MemoryCostValue | MemoryCostByJobName): ClassDecorator & MethodDecorator {
  const isByName = typeof cost === 'object' && cost !== null && !Array.isArray(cost);
  const values: unknown[] = isByName ? Object.values(cost) : [cost];
  if (values.length === 0)
    throw new TypeError('@MemoryCost(): received {}; allowed: a cost, or costs by the names of jobs');
  for (const value of values) {
    if (value !== 'none' && !((parseBytes(value) ?? 0) >= LEAST_BYTES)) {
      throw new TypeError(
        `@MemoryCost(): received ${JSON.stringify(value)}; allowed: bytes from ${LEAST_BYTES} on, a text such as '60mb', or 'none'`,
      );
    }
  }
  return SetMetadata(MEMORY_COST, cost);
}

/** What was declared for a job of this name; `undefined` when it is to be learned. */
export function declaredForJob(
  declared: MemoryCostValue | MemoryCostByJobName | undefined,
  jobName: string,
): MemoryCostValue | undefined {
  if (typeof declared !== 'object') return declared;
  return Object.hasOwn(declared, jobName) ? declared[jobName] : undefined;
}
