import { defineConfig } from 'vitest/config';

/**
 * Tests run the library from its TypeScript source: the exports map names it under this condition.
 * NOTE: Vitest hands these to Node as well; 'import' among them would make require() load ES modules.
 */
const fromSource = { ssr: { resolve: { conditions: ['@headroom/source', 'node'] } } };

/** Whole processes take their time to start, to drain and to lose their locks. */
const withProcesses = { testTimeout: 60_000, hookTimeout: 60_000, pool: 'forks' } as const;
const wholeApps = {
  testTimeout: 30_000,
  hookTimeout: 60_000,
  pool: 'forks' as const,
  execArgv: ['--expose-gc'],
};
/** The least that a machine has on which Headroom is tested. Projects of one group have the same number. */
const IN_PAIRS = { maxWorkers: 2 } as const;
/** These prove something about times, which another spec beside them would stretch. */
const TIMED = [
  'test/e2e/event-loop/*.e2e-spec.ts',
  'test/e2e/**/loop-stalls.e2e-spec.ts',
  'test/e2e/module/blame.e2e-spec.ts',
  'test/e2e/queue/turn-gate.e2e-spec.ts',
];
/** These wait for most of their time, as processes do. */
const WAITING = ['redis-away', 'queue-health', 'back-to-its-worker', 'long-holds', 'closing'].map(
  (name) => `test/e2e/queue/${name}.e2e-spec.ts`,
);
/** These fill the machine. */
const ALONE = ['test/processes/chaos.spec.ts'];
/** These have locks that run out soon: one beside the other they keep them, beside busy ones they might not. */
const WITH_SHORT_LOCKS = ['test/processes/deaths/*.spec.ts'];

export default defineConfig({
  test: {
    projects: [
      {
        ...fromSource,
        test: {
          ...IN_PAIRS,
          isolate: false,
          name: 'unit',
          include: ['libs/**/*.spec.ts', 'sample-app/src/**/*.spec.ts'],
        },
      },
      {
        ...fromSource,
        test: {
          ...wholeApps,
          ...IN_PAIRS,
          name: 'e2e',
          include: ['test/e2e/**/*.e2e-spec.ts'],
          exclude: [...TIMED, ...WAITING],
        },
      },
      {
        ...fromSource,
        test: { ...wholeApps, name: 'e2e-timed', include: TIMED, fileParallelism: false },
      },
      {
        ...fromSource,
        test: {
          name: 'memory',
          include: ['test/memory/**/*.spec.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          pool: 'forks',
        },
      },
      {
        ...fromSource,
        test: {
          ...withProcesses,
          ...IN_PAIRS,
          name: 'processes',
          include: ['test/processes/**/*.spec.ts', 'test/isolation/**/*.spec.ts', ...WAITING],
          exclude: [...ALONE, ...WITH_SHORT_LOCKS],
          sequence: { groupOrder: 1 },
        },
      },
      {
        ...fromSource,
        test: {
          ...withProcesses,
          ...IN_PAIRS,
          name: 'processes-with-short-locks',
          include: WITH_SHORT_LOCKS,
          sequence: { groupOrder: 2 },
        },
      },
      {
        ...fromSource,
        test: {
          ...withProcesses,
          name: 'processes-alone',
          include: ALONE,
          fileParallelism: false,
        },
      },
      {
        test: {
          ...IN_PAIRS,
          name: 'package',
          include: ['test/architecture/**/*.spec.ts', 'test/package/**/*.spec.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
    ],
  },
});
