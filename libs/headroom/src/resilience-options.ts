import type { DrainOptions, ResolvedDrainOptions } from './options/drain.options.js';
import type { EventLoopOptions, ResolvedEventLoopOptions } from './options/event-loop.options.js';
import type { HttpOptions, ResolvedHttpOptions } from './options/http.options.js';
import type { IsolationOptions, ResolvedIsolationOptions } from './options/isolation.options.js';
import type { MemoryOptions, ResolvedMemoryOptions } from './options/memory.options.js';
import type { PressureOptions, ResolvedPressureOptions } from './options/pressure.options.js';
import type { ProbeOptions, ResolvedProbeOptions } from './options/probe.options.js';
import type { QueueOptions, ResolvedQueueOptions } from './options/queue.options.js';
import type { RecycleOptions, ResolvedRecycleOptions } from './options/recycle.options.js';
import type { TasksOptions, ResolvedTasksOptions } from './options/tasks.options.js';
import type { TurnGateOptions, ResolvedTurnGateOptions } from './options/turn-gate.options.js';
import type { VitalsOptions, ResolvedVitalsOptions } from './options/vitals.options.js';
import type { ResolvedWarmUpOptions, WarmUpOptions } from './options/warm-up.options.js';

export type {
  DrainOptions,
  EventLoopOptions,
  HttpOptions,
  IsolationOptions,
  MemoryOptions,
  PressureOptions,
  ProbeOptions,
  QueueOptions,
  RecycleOptions,
  TasksOptions,
  TurnGateOptions,
  VitalsOptions,
  WarmUpOptions,
};
export type { TaskLogLevel, TaskLogOptions } from './options/tasks.options.js';
export type { WarmUpTask } from './options/warm-up.options.js';

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
  eventLoop?: EventLoopOptions;
  turnGate?: TurnGateOptions;
  queue?: QueueOptions;
  http?: HttpOptions;
  tasks?: TasksOptions;
  isolation?: IsolationOptions;
  /** How running jobs end when the app closes; `false` leaves it to BullMQ, which waits for them without end. */
  drain?: DrainOptions | false;
  /** When the process ends itself in good order, for its supervisor to start it anew; `false` is never. */
  recycle?: RecycleOptions | false;
  /** Probes that are answered while the event loop is blocked. Off by default: it takes a port. */
  probe?: ProbeOptions | false;
  /** What is done before the app is ready. */
  warmUp?: WarmUpOptions;
  /**
   * Whether systemd is told when the app is ready and when it drains, that its event loop turns (`WatchdogSec=`), and
   * what it does, where systemd asks for it: where `NOTIFY_SOCKET` is set. By the program `systemd-notify`, which a
   * small shell runs beside the process. A process that does not run as root needs `NotifyAccess=all` in its unit.
   * Processes forked by Node with an IPC channel (cluster, `fork()`) tell nothing.
   *
   * @default true
   */
  systemd?: boolean;
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
  readonly eventLoop: ResolvedEventLoopOptions;
  readonly turnGate: ResolvedTurnGateOptions;
  readonly queue: ResolvedQueueOptions;
  readonly http: ResolvedHttpOptions;
  readonly tasks: ResolvedTasksOptions;
  readonly isolation: ResolvedIsolationOptions;
  readonly drain: ResolvedDrainOptions | false;
  readonly recycle: ResolvedRecycleOptions | false;
  readonly probe: ResolvedProbeOptions | false;
  readonly warmUp: ResolvedWarmUpOptions;
  readonly systemd: boolean;
}

/**
 * Injection token of the {@link ResolvedResilienceOptions}.
 *
 * @publicApi
 */
export const RESILIENCE_OPTIONS = Symbol('RESILIENCE_OPTIONS');
