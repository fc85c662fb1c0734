/**
 * A test for request URLs: whether one is an exempt path or lies below it. Query string, trailing slash and the
 * app's global prefix do not count.
 */
export function exemptPathTest(
  exemptPaths: readonly string[],
  globalPrefix: string,
): (url: string | undefined) => boolean {
  const prefix = trimSlashes(globalPrefix);
  const exempt = exemptPaths.map(trimSlashes);
  return (url) => {
    if (!url) return false;
    const path = withoutPrefix(trimSlashes(url.split(/[?#]/, 1)[0]!), prefix);
    return exempt.some((one) => path === one || path.startsWith(`${one}/`));
  };
}

function withoutPrefix(path: string, prefix: string): string {
  if (prefix === '') return path;
  return path.startsWith(`${prefix}/`) ? path.slice(prefix.length + 1) : path;
}

function trimSlashes(path: string): string {
  return path.replace(/^\/+|\/+$/g, '');
}
