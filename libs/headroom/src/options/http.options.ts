import type { OptionReader } from './option-reader.js';

/** @publicApi */
export interface HttpOptions {
  /**
   * Paths that are never refused and never wait for memory; `/status/*` means all that lies below `/status`. The
   * app's global prefix and the version in front of a path may be written or left out. They stand in place of the
   * default: name those of its paths that you need as well.
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
  /**
   * On Express, in Node below 24: whether Node makes requests and responses with the prototypes that Express sets on each
   * of them afterwards. V8 caches nothing about objects whose prototype was changed; with it a small request takes a
   * quarter of the CPU time (measured with Node 20.20 and 22.23; Node 24 needs no help). What sees requests before
   * Express does, instrumentation for one, finds Express's properties on them, such as `ip` and `query`.
   *
   * Without effect in `observe` mode, for servers that Nest has not made, and while something beside Express takes
   * requests from the server: WebSockets, and any listener to its `request` or `upgrade`.
   *
   * @default true
   */
  presetPrototypes?: boolean;
}

export interface ResolvedHttpOptions {
  readonly exemptPaths: readonly string[];
  readonly retryAfterSeconds: number;
  readonly maxWaiting: number;
  readonly maxWaitMs: number;
  readonly presetPrototypes: boolean;
}

const DEFAULT_EXEMPT_PATHS: readonly string[] = [
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

export function readHttpOptions(read: OptionReader): ResolvedHttpOptions {
  return {
    exemptPaths: read.strings(
      'http.exemptPaths',
      "a list of paths that start with '/', for example ['/health', '/status/*']: no query, no parameters, and * only at " +
        'the end, as /*',
      (path) => /^(?!.*\/:)\/[^?#*]*$/.test(path.replace(/\/\*$/, '/')),
      DEFAULT_EXEMPT_PATHS,
    ),
    retryAfterSeconds: read.integer('http.retryAfterSeconds', { min: 1, max: 3600 }, 5),
    maxWaiting: read.integer('http.maxWaiting', { min: 0, max: 10_000 }, 100),
    maxWaitMs: read.number('http.maxWaitMs', { min: 0, max: 60_000 }, 1000),
    presetPrototypes: read.oneOf('http.presetPrototypes', [true, false], true),
  };
}
