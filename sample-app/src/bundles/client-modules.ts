import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const { resolve } = createRequire(import.meta.url);

/** What can be bundled, with the source files below node_modules that go in. */
const CLIENT_MODULES: ReadonlyMap<string, readonly string[]> = new Map([
  ['rxjs', [join(dirname(resolve('rxjs/package.json')), 'dist/bundles/rxjs.umd.js')]],
  ['csv-parse', [resolve('csv-parse/browser/esm')]],
  ['reflect-metadata', [resolve('reflect-metadata')]],
]);

export const BUNDLE_NAMES: readonly string[] = [...CLIENT_MODULES.keys(), 'vendor'];

/** The sources of a bundle by file path. `vendor` holds all modules. */
export async function readSources(name: string): Promise<Record<string, string>> {
  const paths = name === 'vendor' ? [...CLIENT_MODULES.values()].flat() : (CLIENT_MODULES.get(name) ?? []);
  const entries = await Promise.all(paths.map(async (path) => [path, await readFile(path, 'utf8')] as const));
  return Object.fromEntries(entries);
}
