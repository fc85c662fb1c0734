import type { MemoryCostValue, WorkCost } from '../../admission/index.js';
import { PRIORITIES, type RequestPriority } from '../../admission/index.js';

/** What the decorators of one handler, and of its controller, say about its requests. One object per handler. */
export interface RoutePolicy {
  /** `GET /bundles/:id`, or `BundlesController.find` where no path is known. */
  readonly key: string;
  readonly priority: RequestPriority;
  /** Neither shed nor reserved for. */
  readonly isSkipped: boolean;
  /** `undefined` when the cost is to be learned. */
  readonly declaredCost: MemoryCostValue | undefined;
  /** What the ledger knows of it; asked for with the first request, so that exempt paths are not listed there. */
  cost?: WorkCost;
}

/** For what is not a handler of Nest: static files, middleware, paths that nobody serves. */
export const NO_ROUTE: RoutePolicy = {
  key: '(no route)',
  priority: 'normal',
  isSkipped: false,
  declaredCost: undefined,
};

/** Where versions or hosts decide later which handler it will be: refuse none that might be worth more. */
export function mostProtected(policies: readonly RoutePolicy[]): RoutePolicy {
  const [first = NO_ROUTE, ...others] = policies;
  return others.reduce((best, each) => (rank(each) < rank(best) ? each : best), first);
}

function rank({ isSkipped, priority }: RoutePolicy): number {
  return isSkipped ? -1 : PRIORITIES.indexOf(priority);
}
