import { OptionReader } from './option-reader.js';
import type { ResilienceOptions, ResolvedResilienceOptions, TaskLogLevel } from './resilience-options.js';

const MIN_LIMIT_BYTES = 32 * 1024 ** 2;
/** Node clamps longer timers to 1 ms, with a warning. */
const MAX_TIMER_MS = 2 ** 31 - 1;

const TASK_LOG_LEVELS: readonly (TaskLogLevel | false)[] = [
  'log',
  'warn',
  'error',
  'debug',
  'verbose',
  false,
];

export const DEFAULT_EXEMPT_PATHS: readonly string[] = [
  '/health',
  '/health/*',
  '/healthz',
  '/live',
  '/livez',
  '/ready',
  '/readyz',
  '/liveness',
  '/readiness',
  '/metrics',
];

/**
 * Fills in defaults and checks every value.
 *
 * @throws {InvalidOptionsError} naming each wrong option, what was received and what is allowed
 */
export function resolveOptions(options: ResilienceOptions = {}): ResolvedResilienceOptions {
  const read = new OptionReader(options);
  for (const extra of ['guard', 'health', 'isGlobal']) {
    read.forbid(
      extra,
      'beside useFactory in forRootAsync(): it changes the module graph, a factory runs too late for it',
    );
  }
  const resolved: ResolvedResilienceOptions = {
    mode: read.oneOf('mode', ['enforce', 'observe'], 'enforce'),
    memory: {
      limitBytes: read.bytes('memory.limit', MIN_LIMIT_BYTES),
      collectGarbage: read.oneOf('memory.collectGarbage', [true, false], true),
      costsFile: read.text('memory.costsFile', 'the path of a file'),
    },
    vitals: {
      sampleIntervalMs: read.number('vitals.sampleIntervalMs', { min: 50, max: 10_000 }, 250),
      logIntervalMs: read.numberOrFalse('vitals.logIntervalMs', { min: 1000, max: MAX_TIMER_MS }, 300_000),
      eventLoopResolutionMs: read.integer('vitals.eventLoopResolutionMs', { min: 1, max: 1000 }, 20),
    },
    pressure: readPressure(read),
    turnGate: {
      sliceMs: read.number('turnGate.sliceMs', { min: 0, max: 1000 }, 10),
      startsPerTurn: read.integer('turnGate.startsPerTurn', { min: 1, max: 1000 }, 1),
    },
    queue: {
      maxHoldMs: read.numberOrFalse('queue.maxHoldMs', { min: 1000, max: 3_600_000 }, 15_000),
      maxDeaths: read.integerOrFalse('queue.maxDeaths', { min: 1, max: 10 }, 3),
    },
    http: {
      exemptPaths: read.strings(
        'http.exemptPaths',
        "a list of paths that start with '/', for example ['/health', '/status/*']",
        (path) => path.startsWith('/'),
        DEFAULT_EXEMPT_PATHS,
      ),
      retryAfterSeconds: read.integer('http.retryAfterSeconds', { min: 1, max: 3600 }, 5),
      maxWaiting: read.integer('http.maxWaiting', { min: 0, max: 10_000 }, 100),
      maxWaitMs: read.number('http.maxWaitMs', { min: 0, max: 60_000 }, 1000),
    },
    tasks: readTasks(read),
    drain: readDrain(read),
    recycle: readRecycle(read),
  };
  read.finish();
  return deepFreeze(resolved);
}

function readPressure(read: OptionReader): ResolvedResilienceOptions['pressure'] {
  const critical = read.number('pressure.critical', { min: 0.01, max: 1 }, 0.9);
  const elevated = read.number('pressure.elevated', { min: 0.01, max: 1 }, Math.min(0.8, critical * 0.9));
  if (elevated >= critical) {
    read.reject('pressure.elevated', elevated, `less than pressure.critical (${critical})`);
  }
  const gap = Math.max(0, Number((critical - elevated).toFixed(6)));
  const exitMargin = read.number('pressure.exitMargin', { min: 0, max: 0.5 }, Math.min(0.05, gap / 2));
  if (elevated < critical && exitMargin >= gap) {
    read.reject('pressure.exitMargin', exitMargin, `less than critical - elevated (${gap})`);
  }
  return {
    elevated,
    critical,
    exitMargin,
    samplesToChange: read.integer('pressure.samplesToChange', { min: 1, max: 100 }, 2),
    maxEventLoopDelayMs: read.numberOrFalse('pressure.maxEventLoopDelayMs', { min: 10 }, 1000),
  };
}

function readTasks(read: OptionReader): ResolvedResilienceOptions['tasks'] {
  const off = read.switchedOff('tasks.log');
  const level = (event: string, fallback: TaskLogLevel) =>
    read.oneOf(`tasks.log.${event}`, TASK_LOG_LEVELS, fallback);
  const log = {
    start: level('start', 'log'),
    end: level('end', 'log'),
    failure: level('failure', 'warn'),
    lifecycle: level('lifecycle', 'log'),
  };
  return {
    log: off ? { start: false, end: false, failure: false, lifecycle: false } : log,
    maxLinesPerSecond: read.integer('tasks.maxLinesPerSecond', { min: 1, max: 1_000_000 }, 10),
  };
}

function readDrain(read: OptionReader): ResolvedResilienceOptions['drain'] {
  const isOff = read.switchedOff('drain');
  const times = {
    timeoutMs: read.number('drain.timeoutMs', { min: 0, max: 86_400_000 }, 20_000),
    graceMs: read.number('drain.graceMs', { min: 0, max: 3_600_000 }, 5000),
    readinessDelayMs: read.number('drain.readinessDelayMs', { min: 0, max: 600_000 }, 0),
  };
  return isOff ? false : times;
}

function readRecycle(read: OptionReader): ResolvedResilienceOptions['recycle'] {
  const isOff = read.switchedOff('recycle');
  const limits = {
    maxRss: read.bytesOrShare('recycle.maxRss', MIN_LIMIT_BYTES),
    graceMs: read.number('recycle.graceMs', { min: 0, max: 3_600_000 }, 60_000),
    maxJobs: read.optionalInteger('recycle.maxJobs', { min: 1 }),
    maxUptimeMs: read.optionalInteger('recycle.maxUptimeMs', { min: 60_000 }),
    jitter: read.number('recycle.jitter', { min: 0, max: 0.5 }, 0.1),
    minUptimeMs: read.number('recycle.minUptimeMs', { min: 0 }, 600_000),
    minIntervalMs: read.number('recycle.minIntervalMs', { min: 0, max: 86_400_000 }, 60_000),
    exitCode: read.integer('recycle.exitCode', { min: 0, max: 125 }, 75),
  };
  return isOff ? false : limits;
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value))
    if (typeof inner === 'object' && inner !== null) deepFreeze(inner);
  return Object.freeze(value);
}
