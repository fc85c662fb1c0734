import type { DrainOptions, ResolvedDrainOptions } from './options/drain.options.js';
import type { HttpOptions, ResolvedHttpOptions } from './options/http.options.js';
import type { IsolationOptions, ResolvedIsolationOptions } from './options/isolation.options.js';
import type { MemoryOptions, ResolvedMemoryOptions } from './options/memory.options.js';
import type { PressureOptions, ResolvedPressureOptions } from './options/pressure.options.js';
import type { QueueOptions, ResolvedQueueOptions } from './options/queue.options.js';
import type { RecycleOptions, ResolvedRecycleOptions } from './options/recycle.options.js';
import type { TasksOptions, ResolvedTasksOptions } from './options/tasks.options.js';
import type { TurnGateOptions, ResolvedTurnGateOptions } from './options/turn-gate.options.js';
import type { VitalsOptions, ResolvedVitalsOptions } from './options/vitals.options.js';

export type {
  DrainOptions,
  HttpOptions,
  IsolationOptions,
  MemoryOptions,
  PressureOptions,
  QueueOptions,
  RecycleOptions,
  TasksOptions,
  TurnGateOptions,
  VitalsOptions,
};
export type { TaskLogLevel, TaskLogOptions } from './options/tasks.options.js';

/**
 * - `enforce`: guard requests, gate and hold jobs.
 * - `observe`: measure and log what would have been done, and act on nothing.
 *
 * @publicApi
 */
export type ResilienceMode = 'enforce' | 'observe';

/**
 * Options of `ResilienceModule.forRoot()`. All are optional; an empty object protects an app.
 *
 * @publicApi
 */
export interface ResilienceOptions {
  /** @default 'enforce' */
  mode?: ResilienceMode;
  memory?: MemoryOptions;
  vitals?: VitalsOptions;
  pressure?: PressureOptions;
  turnGate?: TurnGateOptions;
  queue?: QueueOptions;
  http?: HttpOptions;
  tasks?: TasksOptions;
  isolation?: IsolationOptions;
  /** How running jobs end when the app closes; `false` leaves it to BullMQ, which waits for them without end. */
  drain?: DrainOptions | false;
  /** When the process ends itself in good order, for its supervisor to start it anew; `false` is never. */
  recycle?: RecycleOptions | false;
}

/**
 * The options in force: defaults filled in, sizes in bytes. Frozen.
 *
 * @publicApi
 */
export interface ResolvedResilienceOptions {
  readonly mode: ResilienceMode;
  readonly memory: ResolvedMemoryOptions;
  readonly vitals: ResolvedVitalsOptions;
  readonly pressure: ResolvedPressureOptions;
  readonly turnGate: ResolvedTurnGateOptions;
  readonly queue: ResolvedQueueOptions;
  readonly http: ResolvedHttpOptions;
  readonly tasks: ResolvedTasksOptions;
  readonly isolation: ResolvedIsolationOptions;
  readonly drain: ResolvedDrainOptions | false;
  readonly recycle: ResolvedRecycleOptions | false;
}

/**
 * Injection token of the {@link ResolvedResilienceOptions}.
 *
 * @publicApi
 */
export const RESILIENCE_OPTIONS = Symbol('RESILIENCE_OPTIONS');
