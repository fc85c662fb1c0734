import { defineConfig } from 'vitest/config';

/**
 * Tests run the library from its TypeScript source: the exports map names it under this condition.
 * NOTE: Vitest hands these to Node as well; 'import' among them would make require() load ES modules.
 */
const fromSource = { ssr: { resolve: { conditions: ['@headroom/source', 'node'] } } };

/** Whole processes take their time to start, to drain and to lose their locks. */
const withProcesses = { testTimeout: 60_000, hookTimeout: 60_000, pool: 'forks' } as const;
/** These fill the machine, or prove something about times that another spec beside them would stretch. */
const ALONE = ['chaos', 'deaths'].map((name) => `test/processes/${name}.spec.ts`);
/** These wait for most of their time: two at once do not hinder one another. */
const WAITING = ['redis-away', 'queue-health', 'back-to-its-worker'].map(
  (name) => `test/e2e/queue/${name}.e2e-spec.ts`,
);

export default defineConfig({
  test: {
    projects: [
      {
        ...fromSource,
        test: { name: 'unit', include: ['libs/**/*.spec.ts', 'sample-app/src/**/*.spec.ts'] },
      },
      {
        ...fromSource,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.e2e-spec.ts'],
          exclude: WAITING,
          testTimeout: 30_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          pool: 'forks',
          execArgv: ['--expose-gc'],
        },
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
          name: 'processes',
          include: ['test/processes/**/*.spec.ts', 'test/isolation/**/*.spec.ts', ...WAITING],
          exclude: ALONE,
          maxWorkers: 2,
          // Vitest wants a group of its own for another number of workers.
          sequence: { groupOrder: 1 },
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
          name: 'package',
          include: ['test/architecture/**/*.spec.ts', 'test/package/**/*.spec.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
        },
      },
    ],
  },
});
