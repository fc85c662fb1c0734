import { SetMetadata } from '@nestjs/common';

export const SKIP_MEMORY_BUDGET = 'resilience:skip-memory-budget';

/**
 * On a controller or a route: it is never refused for memory, and never waits for it. For what must answer while the
 * process is at its edge, and costs little: probes, log-outs, webhooks that are not sent twice.
 *
 * Which route a request will reach is judged by its URL as it arrives. Where a version in a header, or the host, decides
 * between routes of one path, all of them pass early when one is marked; where a middleware of Express rewrites the URL,
 * the mark does not show before: put the path that clients ask for into `http.exemptPaths`.
 *
 * @publicApi
 */
export const SkipMemoryBudget = (): ClassDecorator & MethodDecorator => SetMetadata(SKIP_MEMORY_BUDGET, true);
