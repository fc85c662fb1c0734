/**
 * The map of libs/headroom/src. A room is a folder; files at the root of src form rooms of their own.
 * What these tables say is what architecture.spec.ts holds the imports to.
 */

/** Rooms import from columns above their own: never from below, and never from a neighbour in their column. */
export const COLUMNS: readonly (readonly string[])[] = [
  ['units'],
  ['errors'],
  ['options', 'listeners'],
  ['vitals'],
  ['diagnosis'],
  ['pressure', 'lifecycle'],
  ['event-loop', 'admission'],
  ['http', 'queue', 'tasks', 'isolation', 'views', 'cache', 'health', 'recycle', 'metrics', 'deploy'],
  ['dashboard'],
  ['module'],
  ['index', 'testing'],
];

/** Rooms that are no folders: files at the root of src whose names begin like this. */
export const ROOT_FILES: Readonly<Record<string, readonly string[]>> = {
  options: ['resilience-options', 'resolve-options'],
  module: ['resilience.module', 'boot-line', 'boot-report'],
  index: ['index'],
};

/** Rooms that may import less than their column allows. */
export const ONLY: Readonly<Record<string, readonly string[]>> = {
  deploy: ['errors', 'units', 'vitals'],
};

/** Usable without Nest: neither these files nor anything that they load imports `@nestjs/*`. */
export const NEST_FREE: readonly string[] = ['errors', 'units', 'vitals/limits', 'diagnosis', 'deploy'];

/** Entry points beside a package's main one that are public. All other deep imports are somebody's internals. */
export const PUBLIC_SUBPATHS: readonly string[] = [];
