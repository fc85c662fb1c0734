import type { Type } from '@nestjs/common';

/** What is read of a route. */
interface ServedRoute {
  readonly controller: Type;
  readonly method: string;
  readonly paths: readonly string[];
}

/**
 * Paths of the extra `health` that a controller of the app serves, too: which of the two answers depends on the order of
 * imports, and the other one is never heard of.
 *
 * @param isOurs whether a controller is that of the extra
 * @returns a sentence for each other controller
 */
export function findRivalsOfHealth(
  routes: readonly ServedRoute[],
  isOurs: (controller: Type) => boolean,
): string[] {
  const ours = routes.filter(({ controller }) => isOurs(controller));
  const paths = new Set(ours.flatMap((route) => route.paths));
  const rivals = new Map<Type, string>();
  for (const { controller, method, paths: served } of routes) {
    const path = served.find((one) => paths.has(one));
    if (path === undefined || isOurs(controller) || rivals.has(controller)) continue;
    if (method === 'GET' || method === 'ALL') rivals.set(controller, path);
  }
  return [...rivals].map(
    ([{ name }, path]) =>
      `GET ${path} is served by ${name} and by the extra health, and one of them never answers: leave health out of ` +
      `ResilienceModule.forRoot(), or give it another path, such as health: { path: '/status' }.`,
  );
}
