import { pathOf } from '../request-path.js';

/**
 * A test for request URLs: whether one is an exempt path. `/health` means itself, `/health/*` all that lies
 * below it. Query string, trailing slash and case do not count; the app's global prefix may be written or left out, and so may
 * the version that stands in front of a path.
 *
 * @param versionPrefix of an app with versions in its paths: `v` of `/v1/health`
 */
export function exemptPathTest(
  exemptPaths: readonly string[],
  globalPrefix: string,
  versionPrefix?: string,
): (url: string | undefined) => boolean {
  const prefix = trimSlashes(globalPrefix).toLowerCase();
  const paths = exemptPaths.map((path) => encoded(path).toLowerCase());
  const exact = new Set(paths.filter((path) => !path.endsWith('/*')).map(trimSlashes));
  const below = paths
    .filter((path) => path.endsWith('/*'))
    .map((path) => `${trimSlashes(path.slice(0, -1))}/`);
  const isExempt = (path: string) =>
    exact.has(path) || below.some((folder) => folder === '/' || path.startsWith(folder));
  return (url) => {
    if (!url) return false;
    const path = trimSlashes(pathOf(url)).toLowerCase();
    const isBelowPrefix = prefix !== '' && path.startsWith(`${prefix}/`);
    return [path, ...(isBelowPrefix ? [path.slice(prefix.length + 1)] : [])].some(
      (one) => isExempt(one) || isExempt(withoutVersion(one, versionPrefix)),
    );
  };
}

/** As a client sends it: `/caf%C3%A9`. What is written so already stays. */
function encoded(path: string): string {
  return encodeURI(path).replaceAll('%25', '%');
}

/** `v1/health` without `v1`. */
function withoutVersion(path: string, versionPrefix: string | undefined): string {
  const end = path.indexOf('/');
  if (versionPrefix === undefined || end < 0 || !path.startsWith(versionPrefix)) return path;
  return /^\d/.test(path.slice(versionPrefix.length, end)) ? path.slice(end + 1) : path;
}

/** Not by a regular expression: of thousands of slashes, which anybody may send, one would take seconds. */
function trimSlashes(path: string): string {
  let start = 0;
  let end = path.length;
  while (start < end && path[start] === '/') start++;
  while (end > start && path[end - 1] === '/') end--;
  return path.slice(start, end);
}
