import { Inject, Injectable } from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost } from '@nestjs/core';

import { guarded, SafeLogger } from '../listeners/index.js';
import { IS_GUARDING } from './is-guarding.js';
import { MemoryBudgetGuard } from './memory-budget.guard.js';
import { RequestAdmission } from './request-admission.service.js';
import { FastifyRoutes } from './routes/fastify-routes.service.js';

/**
 * Lets `MemoryBudgetGuard` guard every route.
 *
 * On Fastify what Nest registers as the handler of a route asks first, in the place of Nest and before its own guards: for having a global guard
 * at all Nest takes 2 to 3 % of a small request there (`npm run bench -- http`), on Express less than 1 %.
 */
@Injectable()
export class GlobalGuard {
  constructor(
    @Inject(IS_GUARDING) isGuarding: boolean,
    private readonly adapterHost: HttpAdapterHost,
    private readonly config: ApplicationConfig,
    private readonly guard: MemoryBudgetGuard,
    private readonly admission: RequestAdmission,
    private readonly fastifyRoutes: FastifyRoutes,
  ) {
    if (!isGuarding) return;
    const install = guarded(new SafeLogger('Headroom'), 'installing the guard', () => this.install());
    adapterHost.init$.subscribe(install);
  }

  private install(): void {
    const { httpAdapter } = this.adapterHost;
    // Another one may have been put in its place, by `overrideProvider()` in a test.
    if (httpAdapter?.getType() !== 'fastify' || !(this.guard instanceof MemoryBudgetGuard)) {
      this.config.addGlobalGuard(this.guard);
      return;
    }
    this.fastifyRoutes.beforeEach(httpAdapter.getInstance(), this.admission.admitTo.bind(this.admission));
  }
}
