import { SetMetadata } from '@nestjs/common';

export const SKIP_MEMORY_BUDGET = 'resilience:skip-memory-budget';

/**
 * On a controller or a route: it is never refused for memory, and never waits for it. For what must answer while the
 * process is at its edge, and costs little: probes, log-outs, webhooks that are not sent twice.
 *
 * @publicApi
 */
export const SkipMemoryBudget = (): ClassDecorator & MethodDecorator => SetMetadata(SKIP_MEMORY_BUDGET, true);
