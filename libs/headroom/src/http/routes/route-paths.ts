/** What a route's path is made of. */
export interface RoutePathParts {
  /** `''` for none. */
  readonly globalPrefix: string;
  /** Whether the global prefix leaves out this path, given without version. */
  readonly isExcluded: (path: string) => boolean;
  /** Versions as they stand in paths, such as `/v1`; `['']` for a route without one. */
  readonly versionPrefixes: readonly string[];
  /** Of `RouterModule`, if any. */
  readonly modulePath: string | undefined;
  readonly controllerPaths: readonly string[];
  readonly methodPaths: readonly string[];
}

/** The paths at which Nest registers a route, parameters included: `/api/v1/bundles/:id`. */
export function routePaths(parts: RoutePathParts): string[] {
  const { globalPrefix, isExcluded, versionPrefixes, modulePath, controllerPaths, methodPaths } = parts;
  const prefix = withoutEndSlash(withLeadingSlash(globalPrefix));
  return versionPrefixes.flatMap((version) =>
    controllerPaths.flatMap((controllerPath) =>
      methodPaths.map((methodPath) => {
        const path = [modulePath ?? '', controllerPath, methodPath].reduce(joined, '');
        const whole = isExcluded(withLeadingSlash(path)) ? version + path : prefix + version + path;
        return withLeadingSlash(withoutEndSlash(whole)) || '/';
      }),
    ),
  );
}

function joined(path: string, fragment: string): string {
  return fragment ? withoutEndSlash(path) + withLeadingSlash(fragment) : path;
}

/** An optional group at the start, `{/:lang}`, brings its own. */
function withLeadingSlash(path: string): string {
  return path === '' || path.startsWith('/') || path.startsWith('{/') ? path : `/${path}`;
}

function withoutEndSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}
