import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { importGraph, readSources } from '../support/import-graph.js';
import { violations } from './violations.js';

const SRC = fileURLToPath(new URL('../../libs/headroom/src', import.meta.url));

describe('the rooms of libs/headroom/src', () => {
  const graph = importGraph(readSources(SRC));

  it('import one another the way rules.ts allows', () => {
    expect(violations(graph)).toEqual([]);
  });

  it('are really read', () => {
    expect(graph.files).toContain('index.ts');
    expect(graph.imports).toContainEqual({
      from: 'errors/invalid-options.error.ts',
      to: 'errors/resilience.error.ts',
      isRelative: true,
      kind: 'value',
    });
  });
});

describe('the rules refuse', () => {
  it.each([
    [
      'an arrow that runs the wrong way',
      { 'vitals/a.ts': `import { b } from '../pressure/b.js';` },
      'pressure comes after vitals',
    ],
    [
      'a wrong arrow that carries types only',
      { 'errors/a.ts': `import type { Options } from '../resilience-options.js';` },
      'options comes after errors',
    ],
    [
      'a wrong arrow in a re-export',
      { 'event-loop/index.ts': `export * from '../queue/index.js';` },
      'queue comes after event-loop',
    ],
    [
      'a wrong arrow that is loaded lazily',
      { 'http/a.ts': `const b = await import('../dashboard/b.js');` },
      'dashboard comes after http',
    ],
    [
      'a wrong arrow in a type expression',
      { 'http/a.ts': `let b: import('../dashboard/b.js').B;` },
      'dashboard comes after http',
    ],
    [
      'neighbours of one column',
      { 'queue/a.ts': `import { type B } from '../tasks/b.js';` },
      'queue and tasks are neighbours',
    ],
    [
      "an import of the package's index",
      { 'health/a.ts': `import { A } from '../index.js';` },
      "only users import the package's index",
    ],
    [
      'deploy importing what is left of it but not vitals',
      { 'deploy/a.ts': `import { b } from '../pressure/b.js';` },
      'deploy may import errors, units, vitals only',
    ],
    ['a way out of src', { 'deploy/a.ts': `import b from '../../package.json';` }, 'outside of src'],
    [
      'a deep import',
      { 'queue/a.ts': `import { Injector } from '@nestjs/core/injector/injector.js';` },
      'a deep import',
    ],
    [
      'Nest in a Nest-free file',
      { 'vitals/limits/a.ts': `import { Logger } from '@nestjs/common';` },
      'vitals/limits/a.ts must work without Nest',
    ],
    [
      'Nest behind a Nest-free file',
      {
        'deploy/a.ts': `import { b } from '../vitals/b.service.js';`,
        'vitals/b.service.ts': `import { Logger } from '@nestjs/common';`,
      },
      'deploy/a.ts imports vitals/b.service.ts imports @nestjs/common',
    ],
    [
      'a cycle between files of one room',
      {
        'http/a.ts': `import { b } from './b.js';`,
        'http/b.ts': `import { c } from './c.js';`,
        'http/c.ts': `export { a } from './a.js';`,
      },
      'http/a.ts imports http/b.ts imports http/c.ts imports http/a.ts: a cycle',
    ],
    ['a room that no column names', { 'attic/a.ts': '' }, 'attic/a.ts is in no room'],
    ['a file at the root that no room claims', { 'helpers.ts': '' }, 'helpers.ts is in no room'],
  ])('%s', (_name, sources, message) => {
    expect(violations(importGraph(sources))).toEqual([expect.stringContaining(message)]);
  });
});

describe('the rules allow', () => {
  it.each([
    ['an arrow to the left', { 'queue/a.ts': `import { b } from '../event-loop/b.js';` }],
    ['a public entry point', { 'queue/a.ts': `import { Worker } from 'bullmq'; import 'node:fs/promises';` }],
    [
      'a cycle of types',
      { 'http/a.ts': `import { b } from './b.js';`, 'http/b.ts': `import type { A } from './a.js';` },
    ],
    [
      'types of a Nest room in a Nest-free one',
      {
        'deploy/a.ts': `import type { B } from '../vitals/b.service.js';`,
        'vitals/b.service.ts': `import { Logger } from '@nestjs/common';`,
      },
    ],
  ])('%s', (_name, sources) => {
    expect(violations(importGraph(sources))).toEqual([]);
  });
});
