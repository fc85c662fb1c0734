import { describe, expect, it } from 'vitest';

import { InvalidOptionsError } from './errors/index.js';
import type { ResilienceOptions } from './resilience-options.js';
import { resolveOptions } from './resolve-options.js';

const MB = 1024 ** 2;

function messageOf(options: unknown): string {
  try {
    resolveOptions(options as ResilienceOptions);
  } catch (error) {
    if (error instanceof InvalidOptionsError) return error.message;
    throw error;
  }
  return 'accepted';
}

/** `option: received ...; allowed: ...` of every problem. */
function problemsOf(options: unknown): string[] {
  return messageOf(options)
    .split('\n')
    .filter((line) => line.startsWith('  - '))
    .map((line) => line.slice('  - '.length));
}

/** `{ a: { b: value } }` for the path `a.b`. */
function optionsWith(path: string, value: unknown): unknown {
  return path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
}

function valueAt(root: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], root);
}

describe('the defaults', () => {
  it('protect without any option', () => {
    expect(resolveOptions()).toEqual({
      mode: 'enforce',
      memory: { limitBytes: undefined, collectGarbage: true },
      vitals: { sampleIntervalMs: 250, logIntervalMs: 300_000, eventLoopResolutionMs: 20 },
      pressure: {
        elevated: 0.8,
        critical: 0.9,
        exitMargin: 0.05,
        samplesToChange: 2,
        maxEventLoopDelayMs: 1000,
      },
      eventLoop: { stallMs: 500 },
      turnGate: { sliceMs: 10, startsPerTurn: 1 },
      queue: { maxHoldMs: 15_000, maxDeaths: 3, maxMemoryDeaths: 2 },
      http: {
        exemptPaths: [
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
        ],
        retryAfterSeconds: 5,
        maxWaiting: 100,
        maxWaitMs: 1000,
        presetPrototypes: true,
      },
      tasks: { log: { start: 'log', end: 'log', failure: 'warn', lifecycle: 'log' }, maxLinesPerSecond: 4 },
      isolation: {
        killAfterMs: 2000,
        idleMs: 30_000,
        maxTasks: 100,
        maxPayloadBytes: 64 * MB,
        cgroup: false,
        execArgv: [],
      },
      drain: { timeoutMs: 20_000, graceMs: 5000, readinessDelayMs: 0 },
      recycle: { graceMs: 60_000, jitter: 0.1, minUptimeMs: 600_000, minIntervalMs: 60_000, exitCode: 75 },
      probe: false,
      warmUp: { tasks: [], timeoutMs: 30_000, onFailure: 'ready' },
      systemd: true,
    });
  });

  it('stay where an option or a section is undefined, as a ConfigService gives it', () => {
    const given = { memory: { limit: undefined }, http: undefined, mode: undefined } as unknown;
    expect(resolveOptions(given as ResilienceOptions)).toEqual(resolveOptions());
  });

  it('stay beside the one option that is given', () => {
    const { vitals } = resolveOptions({ vitals: { sampleIntervalMs: 100 } });
    expect(vitals).toEqual({ sampleIntervalMs: 100, logIntervalMs: 300_000, eventLoopResolutionMs: 20 });
  });
});

describe('the resolved options', () => {
  it('are frozen through and through', () => {
    const options = resolveOptions();
    for (const part of [options, options.vitals, options.http.exemptPaths, options.tasks.log]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });

  it('have the memory limit in bytes', () => {
    expect(resolveOptions({ memory: { limit: '512mb' } }).memory.limitBytes).toBe(512 * MB);
    expect(resolveOptions({ memory: { limit: 64 * MB } }).memory.limitBytes).toBe(64 * MB);
  });

  it('leave the given options as they were', () => {
    const given = { http: { exemptPaths: ['/ping'] } };
    resolveOptions(given);
    expect(Object.isFrozen(given)).toBe(false);
    expect(() => given.http.exemptPaths.push('/pong')).not.toThrow();
  });

  it('leave garbage to V8 alone with `memory.collectGarbage: false`', () => {
    expect(resolveOptions({ memory: { collectGarbage: false } }).memory.collectGarbage).toBe(false);
    expect(problemsOf({ memory: { collectGarbage: 'no' } })).toEqual([
      'memory.collectGarbage: received "no"; allowed: true, false',
    ]);
  });

  it('have all task lines off with `tasks.log: false`', () => {
    expect(resolveOptions({ tasks: { log: false } }).tasks.log).toEqual({
      start: false,
      end: false,
      failure: false,
      lifecycle: false,
    });
  });

  it('have single task lines at another level or off', () => {
    expect(resolveOptions({ tasks: { log: { start: false, end: 'debug' } } }).tasks.log).toEqual({
      start: false,
      end: 'debug',
      failure: 'warn',
      lifecycle: 'log',
    });
  });
});

describe('the drain and the recycle', () => {
  it('can be switched off', () => {
    expect(resolveOptions({ drain: false, recycle: false })).toMatchObject({ drain: false, recycle: false });
  });

  it.each([
    ['400mb', { bytes: 400 * 1024 ** 2 }],
    [500_000_000, { bytes: 500_000_000 }],
    [0.85, { share: 0.85 }],
    [1, { share: 1 }],
  ])('takes %s as the most of RSS', (maxRss, read) => {
    expect(resolveOptions({ recycle: { maxRss } as object }).recycle).toMatchObject({ maxRss: read });
  });

  it.each([0, -1, 1.5, 1000, '10mb', '400 potatoes'])('does not take %s', (maxRss) => {
    expect(problemsOf({ recycle: { maxRss } })[0]).toContain(
      'a share of the limit above 0, up to 1, or bytes such as',
    );
  });
});

describe('the bounds', () => {
  const beyond = [
    ['vitals.sampleIntervalMs', [50, 10_000], [49, 10_001], 'a number from 50 to 10000'],
    [
      'vitals.logIntervalMs',
      [1000, 2 ** 31 - 1],
      [999, 2 ** 31],
      'false or a number from 1000 to 2147483647',
    ],
    ['vitals.eventLoopResolutionMs', [1, 1000], [0, 1001, 1.5], 'a whole number from 1 to 1000'],
    ['pressure.samplesToChange', [1, 100], [0, 101, 2.5], 'a whole number from 1 to 100'],
    ['pressure.exitMargin', [0, 0.099], [-0.01], 'a number from 0 to 0.5'],
    ['pressure.maxEventLoopDelayMs', [10, 1e6], [9, Infinity], 'false or a number of at least 10'],
    ['eventLoop.stallMs', [50, 600_000, false], [49, 600_001, true], 'false or a number from 50 to 600000'],
    ['turnGate.sliceMs', [0, 1000], [-1, 1001], 'a number from 0 to 1000'],
    ['queue.maxHoldMs', [1000, 3_600_000], [999, 3_600_001], 'false or a number from 1000 to 3600000'],
    ['queue.maxDeaths', [1, 10], [0, 11, 1.5], 'false or a whole number from 1 to 10'],
    ['queue.maxMemoryDeaths', [1, 10], [0, 11, 1.5], 'false or a whole number from 1 to 10'],
    ['drain.timeoutMs', [0, 86_400_000], [-1, 86_400_001], 'a number from 0 to 86400000'],
    ['drain.graceMs', [0, 3_600_000], [-1, 3_600_001], 'a number from 0 to 3600000'],
    ['drain.readinessDelayMs', [0, 600_000], [-1, 600_001], 'a number from 0 to 600000'],
    ['recycle.graceMs', [0, 3_600_000], [-1, 3_600_001], 'a number from 0 to 3600000'],
    ['recycle.maxJobs', [1, 1e9], [0, 1.5], 'a whole number of at least 1'],
    ['recycle.maxUptimeMs', [60_000, 1e10], [59_999], 'a whole number of at least 60000'],
    ['recycle.jitter', [0, 0.5], [-0.1, 0.6], 'a number from 0 to 0.5'],
    ['recycle.minUptimeMs', [0, 1e10], [-1], 'a number of at least 0'],
    ['recycle.minIntervalMs', [0, 86_400_000], [-1, 86_400_001], 'a number from 0 to 86400000'],
    ['recycle.exitCode', [0, 125], [-1, 126, 1.5], 'a whole number from 0 to 125'],
    ['turnGate.startsPerTurn', [1, 1000], [0, 1001, 1.5], 'a whole number from 1 to 1000'],
    ['http.retryAfterSeconds', [1, 3600], [0, 3601, 1.5], 'a whole number from 1 to 3600'],
    ['http.maxWaiting', [0, 10_000], [-1, 10_001, 1.5], 'a whole number from 0 to 10000'],
    ['http.maxWaitMs', [0, 60_000], [-1, 60_001], 'a number from 0 to 60000'],
    ['isolation.maxChildren', [1, 64], [0, 65, 1.5], 'a whole number from 1 to 64'],
    ['isolation.killAfterMs', [0, 3_600_000], [-1, 3_600_001], 'a number from 0 to 3600000'],
    ['isolation.timeoutMs', [1, 1e9], [0, 2 ** 31], 'false or a number from 1 to 2147483647'],
    ['isolation.idleMs', [0, 1e9], [-1], 'a number from 0 to 2147483647'],
    ['isolation.maxTasks', [1, 1e9], [0, 1.5], 'a whole number of at least 1'],
    ['tasks.maxLinesPerSecond', [1, 1e6], [0, 1e6 + 1, 1.5], 'a whole number from 1 to 1000000'],
  ] as const;

  it.each(beyond)('of %s may be reached', (path, allowed) => {
    for (const value of allowed) {
      expect(valueAt(resolveOptions(optionsWith(path, value) as ResilienceOptions), path)).toBe(value);
    }
  });

  it.each(beyond)('of %s may not be passed', (path, _allowed, rejected, text) => {
    for (const value of rejected) {
      expect(problemsOf(optionsWith(path, value))).toEqual([`${path}: received ${value}; allowed: ${text}`]);
    }
  });

  it.each([
    'vitals.logIntervalMs',
    'eventLoop.stallMs',
    'pressure.maxEventLoopDelayMs',
    'queue.maxHoldMs',
    'queue.maxDeaths',
    'queue.maxMemoryDeaths',
  ])('of %s do not hold for false', (path) => {
    expect(valueAt(resolveOptions(optionsWith(path, false) as ResilienceOptions), path)).toBe(false);
  });

  it.each(['vitals.sampleIntervalMs', 'turnGate.sliceMs', 'tasks.maxLinesPerSecond'])(
    'hold where %s cannot be switched off',
    (path) => {
      expect(problemsOf(optionsWith(path, false))[0]).toContain(`${path}: received false; allowed: a`);
    },
  );

  it('of the memory limit are 32 MB, as bytes or as a text', () => {
    expect(resolveOptions({ memory: { limit: '32mb' } }).memory.limitBytes).toBe(32 * MB);
    const allowed = "bytes or a text such as '512mb' or '1.5gb', at least 32MB";
    for (const [limit, received] of [
      ['31mb', '"31mb"'],
      [512, '512'],
      ['512px', '"512px"'],
      ['', '""'],
      [-1, '-1'],
      [null, 'null'],
      [false, 'false'],
    ]) {
      expect(problemsOf({ memory: { limit } })).toEqual([
        `memory.limit: received ${received}; allowed: ${allowed}`,
      ]);
    }
  });

  it('of the thresholds are 0.01 and 1, so that percentages are noticed', () => {
    expect(resolveOptions({ pressure: { elevated: 0.06, critical: 1 } }).pressure).toMatchObject({
      elevated: 0.06,
      critical: 1,
    });
    expect(problemsOf({ pressure: { elevated: 80, critical: 90 } })).toEqual([
      'pressure.critical: received 90; allowed: a number from 0.01 to 1',
      'pressure.elevated: received 80; allowed: a number from 0.01 to 1',
    ]);
    expect(problemsOf({ pressure: { elevated: 0 } })).toHaveLength(1);
  });

  it('of `elevated` are below `critical`, also against the default of the other', () => {
    expect(problemsOf({ pressure: { elevated: 0.7, critical: 0.7 } })).toEqual([
      'pressure.elevated: received 0.7; allowed: less than pressure.critical (0.7)',
    ]);
    expect(problemsOf({ pressure: { elevated: 0.95 } })).toEqual([
      'pressure.elevated: received 0.95; allowed: less than pressure.critical (0.9)',
    ]);
  });

  it('of `exitMargin` are the distance between the levels, so that they do not overlap', () => {
    for (const exitMargin of [0.1, 0.3]) {
      expect(problemsOf({ pressure: { exitMargin } })).toEqual([
        `pressure.exitMargin: received ${exitMargin}; allowed: less than critical - elevated (0.1)`,
      ]);
    }
    expect(resolveOptions({ pressure: { exitMargin: 0.09 } }).pressure.exitMargin).toBe(0.09);
  });

  it('of `exitMargin` are kept by its default, where the levels are close', () => {
    const { exitMargin } = resolveOptions({ pressure: { elevated: 0.88 } }).pressure;
    expect(exitMargin).toBeCloseTo(0.01);
    expect(resolveOptions({ pressure: { elevated: 0.5 } }).pressure.exitMargin).toBe(0.05);
  });
});

const WITHOUT_A_MATCH = ['/a*', '/*/health', '/:tenant/health', '/health?full=1', '/a/**', '/health#top'];

describe('choices and lists', () => {
  it.each([['Enforce'], ['dry-run'], [true], [false], [null]])('reject the mode %j', (mode) => {
    expect(problemsOf({ mode })).toEqual([
      `mode: received ${JSON.stringify(mode)}; allowed: "enforce", "observe"`,
    ]);
  });

  it('reject a level that no Nest logger has', () => {
    for (const event of ['start', 'end', 'failure', 'lifecycle']) {
      expect(problemsOf({ tasks: { log: { [event]: 'info' } } })).toEqual([
        `tasks.log.${event}: received "info"; allowed: "log", "warn", "error", "debug", "verbose", false`,
      ]);
    }
  });

  it.each([
    [['health']],
    [['/health', '']],
    [['/health', 5]],
    ['/health'],
    [{}],
    ...WITHOUT_A_MATCH.map((path): [string[]] => [[path]]),
  ])('reject the exempt paths %j', (exemptPaths) => {
    expect(problemsOf({ http: { exemptPaths } })).toEqual([
      `http.exemptPaths: received ${JSON.stringify(exemptPaths)}; allowed: a list of paths that start with ` +
        "'/', for example ['/health', '/status/*']: no query, no parameters, and * only at the end, as /*",
    ]);
  });

  it.each([['/'], ['/*'], ['/api/health'], ['/status/*'], ['/v1.0/a:b'], ['/café']])(
    'accept the exempt path %s',
    (path) => {
      expect(resolveOptions({ http: { exemptPaths: [path] } }).http.exemptPaths).toEqual([path]);
    },
  );

  it('accept an empty list of exempt paths: nothing is exempt', () => {
    expect(resolveOptions({ http: { exemptPaths: [] } }).http.exemptPaths).toEqual([]);
  });

  it('reject `tasks.log: true`, and say that false would be allowed', () => {
    expect(problemsOf({ tasks: { log: true } })).toEqual([
      'tasks.log: received true; allowed: false or an object with start, end, failure, lifecycle',
    ]);
  });

  it.each([
    ['memory'],
    ['vitals'],
    ['pressure'],
    ['eventLoop'],
    ['turnGate'],
    ['queue'],
    ['http'],
    ['tasks'],
  ])('reject %s when it is no object', (section) => {
    for (const value of [5, null, 'on', []]) {
      expect(problemsOf({ [section]: value })).toEqual([
        expect.stringContaining(`${section}: received ${JSON.stringify(value)}; allowed: an object with `),
      ]);
    }
  });
});

describe('the probe, the warm-up and systemd', () => {
  it('take what they are given', () => {
    expect(resolveOptions({ probe: { port: 9090 } }).probe).toEqual({
      port: 9090,
      host: undefined,
      maxBlockMs: 10_000,
      captureProfile: false,
    });
    expect(resolveOptions({ probe: false, systemd: false })).toMatchObject({ probe: false, systemd: false });
    const tasks = ['/bundle/main', () => 1];
    expect(resolveOptions({ warmUp: { tasks } }).warmUp.tasks).toEqual(tasks);
  });

  it('reject what they cannot use', () => {
    expect(problemsOf({ probe: {} })).toEqual([
      'probe.port: received undefined; allowed: a whole number from 0 to 65535',
    ]);
    expect(problemsOf({ probe: { port: 65_536, maxBlockMs: 99, host: '', captureProfile: 1 } })).toHaveLength(
      4,
    );
    expect(problemsOf({ probe: true })[0]).toContain(
      'probe: received true; allowed: false or an object with port',
    );
    expect(problemsOf({ warmUp: { tasks: ['bundle'], timeoutMs: 0, onFailure: 'die' } })).toHaveLength(3);
    expect(problemsOf({ warmUp: { tasks: [1] } })[0]).toContain("paths that start with '/'");
    expect(problemsOf({ systemd: 'yes' })).toEqual(['systemd: received "yes"; allowed: true, false']);
  });
});

describe('a key that is not known', () => {
  it('is rejected with those that are', () => {
    expect(problemsOf({ memroy: {}, pressure: { elevatd: 0.7 } })).toEqual([
      'memroy: received {}; allowed: one of mode, memory, vitals, pressure, eventLoop, turnGate, queue, http, tasks, ' +
        'isolation, drain, recycle, probe, warmUp, systemd, guard, health, isGlobal; there is no "memroy"',
      'pressure.elevatd: received 0.7; allowed: one of critical, elevated, exitMargin, ' +
        'samplesToChange, maxEventLoopDelayMs; there is no "elevatd"',
    ]);
  });

  it('is rejected two levels deep', () => {
    expect(problemsOf({ tasks: { log: { begin: 'log' } } })).toEqual([
      'tasks.log.begin: received "log"; allowed: one of start, end, failure, lifecycle; there is no "begin"',
    ]);
  });

  it.each(['guard', 'health', 'isGlobal'])(
    'and is the extra %s, out of an async factory, is shown its place',
    (extra) => {
      expect(problemsOf({ [extra]: true })).toEqual([
        `${extra}: received true; allowed: beside useFactory in forRootAsync(): it changes the module graph, ` +
          'a factory runs too late for it',
      ]);
    },
  );
});

describe('the error', () => {
  it('lists all problems at once and says what to do', () => {
    expect(messageOf({ mode: 'loud', memory: { limit: '16mb' }, http: { retryAfterSeconds: 0 } }))
      .toMatchInlineSnapshot(`
      "ResilienceModule cannot start: 3 invalid options.
        - mode: received "loud"; allowed: "enforce", "observe"
        - memory.limit: received "16mb"; allowed: bytes or a text such as '512mb' or '1.5gb', at least 32MB
        - http.retryAfterSeconds: received 0; allowed: a whole number from 1 to 3600
      Correct the options given to ResilienceModule.forRoot() or forRootAsync()."
    `);
  });

  it('counts a single problem in the singular', () => {
    expect(messageOf({ mode: 'loud' })).toContain('cannot start: 1 invalid option.\n');
  });

  it('can be told by its code and its class', () => {
    expect(() => resolveOptions(null as never)).toThrow(InvalidOptionsError);
    expect(() => resolveOptions([] as never)).toThrow(
      expect.objectContaining({ code: 'RESILIENCE_INVALID_OPTIONS', name: 'InvalidOptionsError' }),
    );
  });
});
