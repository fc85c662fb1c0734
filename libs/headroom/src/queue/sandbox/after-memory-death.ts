import type { Job } from 'bullmq';

import {
  countMemoryDeaths,
  describeMemoryDeaths,
  isMemoryDeath,
  numberMemoryDeath,
} from '../../diagnosis/index.js';
import { bullMq } from '../worker/bullmq-package.js';

/**
 * What a job fails with whose process died for want of memory: the same error with the number of this death, which is how
 * the next one is counted; or, when that is too many, BullMQ's `UnrecoverableError`. Other errors stay as they are.
 *
 * @param maxDeaths `false` is never too many
 */
export function afterMemoryDeath({ stacktrace }: Job, error: unknown, maxDeaths: number | false): unknown {
  if (!(error instanceof Error) || maxDeaths === false || !isMemoryDeath(error.message)) return error;
  const death = countMemoryDeaths(stacktrace ?? []) + 1;
  const reason = numberMemoryDeath(error.message, death);
  if (death >= maxDeaths) return new bullMq!.UnrecoverableError(describeMemoryDeaths(reason, death));
  error.message = reason;
  if (error.stack !== undefined) error.stack = numberMemoryDeath(error.stack, death);
  return error;
}
