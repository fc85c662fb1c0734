import type { ByteSize } from './units/index.js';

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
  /** How running jobs end when the app closes; `false` leaves it to BullMQ, which waits for them without end. */
  drain?: DrainOptions | false;
  /** When the process ends itself in good order, for its supervisor to start it anew; `false` is never. */
  recycle?: RecycleOptions | false;
}

/** @publicApi */
export interface MemoryOptions {
  /**
   * Memory that this process may use, when that is less than what the container or machine would give:
   * bytes, or a text such as `'512mb'`. The tightest of this and of the limits found in the system applies.
   *
   * @default none: the limits found in the system apply
   * Minimum: `32mb`.
   */
  limit?: ByteSize;
  /**
   * Whether V8 is asked to collect garbage when pressure stays critical for a second. V8 collects when it
   * allocates; a process that is refused all work would keep its garbage, and with it the pressure. A
   * collection blocks the loop (measured: 35 ms with 160 MB of heap); when it does not help it is asked for
   * less and less.
   *
   * @default true
   */
  collectGarbage?: boolean;
  /**
   * A file in which learned memory costs are kept across restarts, so that heavy work is known from the first
   * unit on. Written whole every minute and at shutdown; one that is broken is ignored with a warning.
   *
   * @default none: costs are learned anew
   */
  costsFile?: string;
}

/** @publicApi */
export interface VitalsOptions {
  /**
   * Milliseconds between two samples. A sample costs some tens of microseconds.
   *
   * @default 250
   * Minimum: `50`, maximum: `10000`.
   */
  sampleIntervalMs?: number;
  /**
   * Milliseconds between two vitals lines in the log; `false` writes none. The timer is the interval
   * `headroom:vitals` in the `SchedulerRegistry` of `@nestjs/schedule`.
   *
   * @default 300000
   * Minimum: `1000`.
   */
  logIntervalMs?: number | false;
  /**
   * Resolution in milliseconds of the event-loop delay histogram; finer costs more idle CPU
   * (measured: 20 ms costs 0.2 % of one core).
   *
   * @default 20
   * Minimum: `1`, maximum: `1000`.
   */
  eventLoopResolutionMs?: number;
}

/** @publicApi */
export interface PressureOptions {
  /**
   * Share of a limit, 0 to 1, from which pressure is `elevated`: health is `degraded`, fewer jobs run at once, and
   * requests marked `@ShedPriority('sheddable')` get 503, more of them as it grows.
   *
   * @default 0.8, or 0.9 of `critical` where that is less
   */
  elevated?: number;
  /**
   * Share of a limit, 0 to 1, from which pressure is `critical`: requests get 503, more of them as it grows and all
   * of them (but those of `critical` priority) halfway to the limit; no job starts. This share of the effective
   * limit is the memory budget. Must be above `elevated`.
   *
   * @default 0.9
   */
  critical?: number;
  /**
   * How far, as a share, the score must fall below a level's threshold before the level is left: without
   * it a value at the threshold would flap.
   *
   * @default 0.05, or half of the distance between `elevated` and `critical` where that is less
   * Minimum: `0`; below the distance between `elevated` and `critical`.
   */
  exitMargin?: number;
  /**
   * Samples in a row that must agree before the level changes, up or down. One spike changes nothing.
   *
   * @default 2
   * Minimum: `1`, maximum: `100`.
   */
  samplesToChange?: number;
  /**
   * Event-loop delay in milliseconds that counts as a full limit (a share of 1). A late loop makes pressure
   * `elevated` at most: it slows jobs down, and of requests refuses some sheddable ones only. `false` leaves the
   * loop out of the judgement. The default is the time after which a Kubernetes probe gives up (`timeoutSeconds: 1`).
   *
   * @default 1000
   * Minimum: `10`.
   */
  maxEventLoopDelayMs?: number | false;
}

/** @publicApi */
export interface TurnGateOptions {
  /**
   * Milliseconds of work after which the next job, or the next `yieldIfDue()`, waits for a fresh turn of the
   * event loop. `0` gives every start a turn of its own.
   *
   * @default 10
   * Minimum: `0`, maximum: `1000`.
   */
  sliceMs?: number;
  /**
   * How many of those that wait at the gate start in one turn of the event loop.
   *
   * @default 1
   * Minimum: `1`, maximum: `1000`.
   */
  startsPerTurn?: number;
}

/** @publicApi */
export interface QueueOptions {
  /**
   * Milliseconds that a job is held, with its lock, when there is no memory for it. After that it goes back to its
   * queue, delayed by some seconds, so that a worker on another machine can take it. No attempt is burnt, but BullMQ
   * counts a start: a job whose next start would exceed `maxStartedAttempts` stays. A job that comes back is held for
   * twice as long, up to sixteen times. `false` holds jobs until there is memory.
   *
   * @default 15000
   * Minimum: `1000`, maximum: `3600000`.
   */
  maxHoldMs?: number | false;
  /**
   * How many processes may die while they run the same job. Then it fails for good, instead of killing the next one;
   * after its first death it runs alone. Counted by the job's `stalledCounter` and its log. To have it counted, a
   * worker whose `maxStalledCount` is not set gets 10 in place of BullMQ's 1. `false` leaves all of it to BullMQ.
   *
   * @default 3
   * Minimum: `1`, maximum: `10`.
   */
  maxDeaths?: number | false;
}

/** @publicApi */
export interface HttpOptions {
  /**
   * Paths that are never refused and never wait for memory; `/status/*` means all that lies below `/status`. The
   * app's global prefix may be written or left out.
   *
   * @default ['/health', '/health/*', '/healthz', '/live', '/livez', '/ready', '/readyz', '/liveness', '/readiness', '/metrics']
   */
  exemptPaths?: readonly string[];
  /**
   * The fewest seconds in the `Retry-After` header of a 503. They grow to four times as many as pressure nears the
   * limit, and up to a half is added by chance, so that clients do not come back all at once.
   *
   * @default 5
   * Minimum: `1`, maximum: `3600`.
   */
  retryAfterSeconds?: number;
  /**
   * How many requests may wait at once for memory that their route takes and that is not free. When the line is
   * full, the last of a lower `@ShedPriority()` gives way; else the newcomer gets a 503. `0` lets nobody wait.
   *
   * @default 100
   * Minimum: `0`, maximum: `10000`.
   */
  maxWaiting?: number;
  /**
   * Milliseconds that a request waits for memory before it gets a 503. `0` lets nobody wait.
   *
   * @default 1000
   * Minimum: `0`, maximum: `60000`.
   */
  maxWaitMs?: number;
}

/**
 * How running jobs end when the app closes. The times together must be shorter than what the supervisor grants before
 * it kills: 30 s on Kubernetes (`terminationGracePeriodSeconds`), 90 s under systemd (`TimeoutStopSec`), 10 s in Docker
 * (`docker stop --time`, `stop_grace_period` in Compose), 1.6 s under PM2 (`kill_timeout`).
 *
 * @publicApi
 */
export interface DrainOptions {
  /**
   * Milliseconds that running jobs have to end by themselves. A second signal cuts it short.
   *
   * @default 20000
   * Minimum: `0`, maximum: `86400000`.
   */
  timeoutMs?: number;
  /**
   * Milliseconds that they have after their AbortSignal, before they are handed back while they run. A third signal
   * cuts it short.
   *
   * @default 5000
   * Minimum: `0`, maximum: `3600000`.
   */
  graceMs?: number;
  /**
   * Milliseconds that HTTP is served at least after readiness has gone down, for load balancers to notice: some
   * seconds where one probes readiness. Jobs end meanwhile.
   *
   * @default 0
   * Minimum: `0`, maximum: `600000`.
   */
  readinessDelayMs?: number;
}

/**
 * When the process ends itself, before the kernel does: it drains, closes the app and exits with `exitCode`. Whoever
 * started it has to start it again: Kubernetes and PM2 do; systemd with `Restart=on-failure` or `always`
 * (`SuccessExitStatus=75` and `RestartForceExitStatus=75` keep it out of the failures), Docker with
 * `restart: unless-stopped`. Needs `app.enableShutdownHooks()` for the app's own hooks to run.
 *
 * @publicApi
 */
export interface RecycleOptions {
  /**
   * Resident memory above which the process is replaced when it stays there for `graceMs`: bytes, a text such as
   * `'400mb'`, or a share of the limit in force, above 0 and up to 1.
   *
   * @default none; 0.9 under Kubernetes and PM2, which are known to restart
   */
  maxRss?: ByteSize;
  /**
   * Milliseconds that RSS must stay above `maxRss`.
   *
   * @default 60000
   * Minimum: `0`, maximum: `3600000`.
   */
  graceMs?: number;
  /**
   * Jobs after which the process is replaced.
   *
   * @default none
   * Minimum: `1`.
   */
  maxJobs?: number;
  /**
   * Milliseconds after which the process is replaced.
   *
   * @default none
   * Minimum: `60000`.
   */
  maxUptimeMs?: number;
  /**
   * The most that is taken off each limit by chance, as a share, so that a fleet does not restart together.
   *
   * @default 0.1
   * Minimum: `0`, maximum: `0.5`.
   */
  jitter?: number;
  /**
   * Milliseconds for which a process runs at least, whatever its limits say. The default is the time after which
   * Kubernetes forgets earlier restarts (`CrashLoopBackOff`).
   *
   * @default 600000
   * Minimum: `0`.
   */
  minUptimeMs?: number;
  /**
   * Milliseconds between two recycles of this app's processes on this machine. They keep a file each time in the
   * folder for temporary files.
   *
   * @default 60000
   * Minimum: `0`, maximum: `86400000`.
   */
  minIntervalMs?: number;
  /**
   * The exit code. The default is EX_TEMPFAIL of sysexits.h: a failure for supervisors that restart on failure only.
   *
   * @default 75
   * Minimum: `0`, maximum: `125`.
   */
  exitCode?: number;
}

/** Levels of Nest's `LoggerService`. @publicApi */
export type TaskLogLevel = 'log' | 'warn' | 'error' | 'debug' | 'verbose';

/** @publicApi */
export interface TasksOptions {
  /**
   * At which level the memory lines of tasks are written; `false` writes none. The hooks `@OnTaskStart()` and
   * `@OnTaskEnd()` are called in any case.
   *
   * @default { start: 'log', end: 'log', failure: 'warn', lifecycle: 'log' }
   */
  log?: TaskLogOptions | false;
  /**
   * Lines per second for tasks that end well; beyond it they are counted and the count is logged, so that ten
   * thousand small jobs do not become twenty thousand lines. Failures are always logged.
   *
   * @default 10
   * Minimum: `1`.
   */
  maxLinesPerSecond?: number;
}

/** @publicApi */
export interface TaskLogOptions {
  start?: TaskLogLevel | false;
  end?: TaskLogLevel | false;
  failure?: TaskLogLevel | false;
  lifecycle?: TaskLogLevel | false;
}

/**
 * The options in force: defaults filled in, sizes in bytes. Frozen.
 *
 * @publicApi
 */
export interface ResolvedResilienceOptions {
  readonly mode: ResilienceMode;
  readonly memory: {
    readonly limitBytes: number | undefined;
    readonly collectGarbage: boolean;
    readonly costsFile: string | undefined;
  };
  readonly vitals: {
    readonly sampleIntervalMs: number;
    readonly logIntervalMs: number | false;
    readonly eventLoopResolutionMs: number;
  };
  readonly pressure: {
    readonly elevated: number;
    readonly critical: number;
    readonly exitMargin: number;
    readonly samplesToChange: number;
    readonly maxEventLoopDelayMs: number | false;
  };
  readonly turnGate: { readonly sliceMs: number; readonly startsPerTurn: number };
  readonly queue: { readonly maxHoldMs: number | false; readonly maxDeaths: number | false };
  readonly http: {
    readonly exemptPaths: readonly string[];
    readonly retryAfterSeconds: number;
    readonly maxWaiting: number;
    readonly maxWaitMs: number;
  };
  readonly tasks: {
    readonly log: {
      readonly start: TaskLogLevel | false;
      readonly end: TaskLogLevel | false;
      readonly failure: TaskLogLevel | false;
      readonly lifecycle: TaskLogLevel | false;
    };
    readonly maxLinesPerSecond: number;
  };
  readonly drain:
    { readonly timeoutMs: number; readonly graceMs: number; readonly readinessDelayMs: number } | false;
  readonly recycle:
    | {
        readonly maxRss: { readonly bytes?: number; readonly share?: number } | undefined;
        readonly graceMs: number;
        readonly maxJobs: number | undefined;
        readonly maxUptimeMs: number | undefined;
        readonly jitter: number;
        readonly minUptimeMs: number;
        readonly minIntervalMs: number;
        readonly exitCode: number;
      }
    | false;
}

/**
 * Injection token of the {@link ResolvedResilienceOptions}.
 *
 * @publicApi
 */
export const RESILIENCE_OPTIONS = Symbol('RESILIENCE_OPTIONS');
