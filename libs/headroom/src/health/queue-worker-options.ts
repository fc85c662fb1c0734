import { OptionReader } from '../options/option-reader.js';
import { placeOf } from './health-status.js';

const FOR_EVER_MS = 2 ** 31 - 1;
/** A Kubernetes probe gives up after 1 s: a Redis that is away must be told before, or it takes every pod out. */
const DEFAULT_TIMEOUT_MS = 500;
const STATUSES = ['degraded', 'down'] as const;
const LIMITS = ['maxWaiting', 'maxWaitingAgeMs', 'maxFailed', 'minWorkers'] as const;

/** @publicApi */
export interface QueueWorkerCheckOptions {
  /**
   * Only these queues. A queue that is registered here and has its workers in other processes is judged when it is named.
   *
   * @default all that have workers in this process
   */
  queues?: readonly string[];
  /**
   * Whether Redis or Postgres is asked about the queues. With `false`, only the counters of this process are read.
   *
   * @default true
   */
  backend?: boolean;
  /**
   * Milliseconds that the backend may take to answer; the check itself takes no longer. Stay below the timeout of your
   * prober: a Kubernetes probe gives up after `timeoutSeconds: 1` and then counts as failed.
   *
   * @default 500
   */
  timeoutMs?: number;
  /**
   * What a queue is whose backend does not answer in time. `down` takes every pod out of service at once when Redis
   * is away.
   *
   * @default 'degraded'
   */
  whenSilent?: 'degraded' | 'down';
  /** Most waiting jobs, prioritized ones and those of a paused queue included. @default not judged */
  maxWaiting?: number;
  /**
   * Milliseconds that the oldest waiting job may be old, from when it was added or its delay was over. A flow's parent counts
   * from when it was added, too: BullMQ does not tell when its children had ended.
   *
   * @default not judged
   */
  maxWaitingAgeMs?: number;
  /** Most failed jobs that are kept. @default not judged */
  maxFailed?: number;
  /** Fewest workers on all machines. Not judged where the backend does not tell them. @default not judged */
  minWorkers?: number;
  /** What a queue is that is beyond one of these limits. @default 'degraded' */
  whenCrossed?: 'degraded' | 'down';
}

export type QueueLimits = Required<Pick<QueueWorkerCheckOptions, (typeof LIMITS)[number] | 'whenCrossed'>>;

export interface QueueWorkerCheck extends QueueLimits {
  readonly queues: readonly string[] | undefined;
  readonly backend: boolean;
  readonly timeoutMs: number;
  readonly whenSilent: 'degraded' | 'down';
}

/**
 * @param known names of the queues of this process
 * @throws {InvalidOptionsError} naming each wrong option, what was received and what is allowed
 */
export function readCheckOptions(
  options: QueueWorkerCheckOptions = {},
  known: readonly string[] = [],
): QueueWorkerCheck {
  const read = new OptionReader(options);
  const check = {
    queues: options?.queues && read.strings('queues', 'names of queues', Boolean, []),
    backend: read.oneOf('backend', [true, false], true),
    timeoutMs: read.number('timeoutMs', { min: 1, max: FOR_EVER_MS }, DEFAULT_TIMEOUT_MS),
    whenSilent: read.oneOf('whenSilent', STATUSES, 'degraded'),
    maxWaiting: read.integer('maxWaiting', { min: 0 }, Infinity),
    maxWaitingAgeMs: read.number('maxWaitingAgeMs', { min: 0 }, Infinity),
    maxFailed: read.integer('maxFailed', { min: 0 }, Infinity),
    minWorkers: read.integer('minWorkers', { min: 0 }, 0),
    whenCrossed: read.oneOf('whenCrossed', STATUSES, 'degraded'),
  };
  const unknown = check.queues?.filter((name) => !known.includes(name)) ?? [];
  if (unknown.length > 0) {
    const names = known.map((name) => `"${name}"`).join(', ');
    read.reject(
      'queues',
      unknown,
      known.length > 0 ? `names of queues of this process: ${names}` : 'nothing: this process has no queue',
    );
  }
  for (const limit of check.backend ? [] : LIMITS) {
    if (options[limit] !== undefined) read.reject(limit, options[limit], 'nothing beside backend: false');
  }
  read.finish(placeOf('QueueWorkerHealthIndicator'));
  return check;
}
