import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

import { moduleUrl, nameOfModule } from './task-place.js';

describe('the module of a task', () => {
  it.each([
    ['a URL', new URL(import.meta.url)],
    ['the text of one', import.meta.url],
    ['a path', fileURLToPath(import.meta.url)],
  ])('can be named by %s', (_, module) => {
    expect(moduleUrl(module, 'run()')).toBe(import.meta.url);
  });

  it('that is not there is told at once, with what to write', () => {
    expect(() => moduleUrl('./no-such.task.js', 'run()')).toThrow(
      /^run\(\): there is no file \/.*\/no-such\.task\.js\. Name it relative to your own file: new URL\('\.\/no-such\.task\.js', import\.meta\.url\)/,
    );
    expect(() => moduleUrl(new URL('https://example.com/a.js'), 'run()')).toThrow(
      'run(): received https://example.com/a.js; allowed: a file: URL, or a path',
    );
  });

  it('gives the task its name', () => {
    expect(nameOfModule('file:///app/build-report.task.js')).toBe('build-report');
    expect(nameOfModule('file:///app/reports.processor.mjs')).toBe('reports');
    expect(nameOfModule('file:///app/heavy.js')).toBe('heavy');
  });
});
