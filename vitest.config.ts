import { defineConfig } from 'vitest/config';

/**
 * Tests run the library from its TypeScript source: the exports map names it under this condition.
 * NOTE: Vitest hands these to Node as well; 'import' among them would make require() load ES modules.
 */
const fromSource = { ssr: { resolve: { conditions: ['@headroom/source', 'node'] } } };

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
          name: 'processes',
          include: ['test/processes/**/*.spec.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          pool: 'forks',
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
