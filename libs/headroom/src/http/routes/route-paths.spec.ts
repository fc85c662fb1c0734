import { describe, expect, it } from 'vitest';

import { type RoutePathParts, routePaths } from './route-paths.js';

function pathsOf(parts: Partial<RoutePathParts>): string[] {
  return routePaths({
    globalPrefix: '',
    isExcluded: () => false,
    versionPrefixes: [''],
    modulePath: undefined,
    controllerPaths: ['/'],
    methodPaths: ['/'],
    ...parts,
  });
}

describe('the paths of a route', () => {
  it.each([
    [{}, '/'],
    [{ controllerPaths: ['users'] }, '/users'],
    [{ controllerPaths: ['/users/'], methodPaths: ['/:id/'] }, '/users/:id'],
    [{ controllerPaths: [''], methodPaths: ['ping'] }, '/ping'],
    [{ globalPrefix: 'api' }, '/api'],
    [{ globalPrefix: '/api/', controllerPaths: ['users'] }, '/api/users'],
    [{ modulePath: '/admin', controllerPaths: ['users'], methodPaths: [':id'] }, '/admin/users/:id'],
    [
      { globalPrefix: 'api', versionPrefixes: ['/v1'], modulePath: 'admin', controllerPaths: ['users'] },
      '/api/v1/admin/users',
    ],
    [{ controllerPaths: ['{/:lang}/docs'] }, '{/:lang}/docs'],
  ] as const)('of %j is %s', (parts, expected) => {
    expect(pathsOf(parts)).toEqual([expected]);
  });

  it('are all combinations', () => {
    expect(
      pathsOf({ versionPrefixes: ['', '/v1'], controllerPaths: ['a', 'b'], methodPaths: ['x', 'y'] }),
    ).toEqual(['/a/x', '/a/y', '/b/x', '/b/y', '/v1/a/x', '/v1/a/y', '/v1/b/x', '/v1/b/y']);
  });

  it('are without the global prefix where it excludes them, asked without version', () => {
    const asked: string[] = [];
    const isExcluded = (path: string): boolean => {
      asked.push(path);
      return path === '/health';
    };
    const parts = { globalPrefix: 'api', versionPrefixes: ['/v1'], isExcluded };
    expect(pathsOf({ ...parts, controllerPaths: ['health'], methodPaths: ['live', 'x'] })).toEqual([
      '/api/v1/health/live',
      '/api/v1/health/x',
    ]);
    expect(pathsOf({ ...parts, controllerPaths: ['health'], methodPaths: [''] })).toEqual(['/v1/health']);
    expect(asked).toEqual(['/health/live', '/health/x', '/health']);
  });
});
