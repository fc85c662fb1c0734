import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost } from '@nestjs/core';

import { FaultLog, SafeLogger } from '../listeners/index.js';
import { IS_GUARDING } from './is-guarding.js';
import { MemoryBudgetGuard } from './memory-budget.guard.js';
import { RequestAdmission } from './request-admission.service.js';
import type { AskBefore } from './routes/asking-handler.js';
import type { ExpressLike } from './routes/express-router.js';
import { ExpressRoutes } from './routes/express-routes.service.js';
import { FastifyRoutes } from './routes/fastify-routes.service.js';
import { NestRoutes } from './routes/nest-routes.service.js';

/**
 * Lets `MemoryBudgetGuard` guard every route.
 *
 * Where it can, the handler of a route asks first, in the place of Nest: for having a global guard at all Nest takes 2 to
 * 3 % of a small request (`npm run bench -- http`). Where it cannot, the guard is one of Nest's global guards.
 */
@Injectable()
export class GlobalGuard implements OnApplicationBootstrap {
  private readonly faults = new FaultLog(new SafeLogger('Headroom'), 'guarding the routes');
  private readonly ask: AskBefore;
  private express: ExpressLike | undefined;

  constructor(
    @Inject(IS_GUARDING) private readonly isGuarding: boolean,
    private readonly adapterHost: HttpAdapterHost,
    private readonly config: ApplicationConfig,
    private readonly guard: MemoryBudgetGuard,
    private readonly routes: NestRoutes,
    private readonly fastifyRoutes: FastifyRoutes,
    private readonly expressRoutes: ExpressRoutes,
    admission: RequestAdmission,
  ) {
    this.ask = (policy, request, response) => admission.admitTo(policy, request, response);
  }

  /** NOTE: to be called when prefix and versioning are set, and Nest has not registered the routes yet. */
  install(): void {
    if (this.isGuarding && !this.asksByItself()) this.config.addGlobalGuard(this.guard);
  }

  /** Express has the routes now. */
  onApplicationBootstrap(): void {
    try {
      if (this.express) this.expressRoutes.askBeforeEach(this.express, this.ask);
    } catch (error) {
      this.faults.report(error);
    }
  }

  private asksByItself(): boolean {
    // Another one may have been put in its place, by `overrideProvider()` in a test.
    if (!(this.guard instanceof MemoryBudgetGuard)) return false;
    try {
      const { httpAdapter } = this.adapterHost;
      switch (httpAdapter?.getType()) {
        case 'fastify':
          this.fastifyRoutes.askBeforeEach(httpAdapter.getInstance(), this.ask);
          return true;
        case 'express': {
          const express = httpAdapter.getInstance<ExpressLike>();
          // A handler looks by itself there whether a request is of its version and host: only then may be asked.
          const isAnyConditional = this.routes.list().some(({ isConditional }) => isConditional);
          if (isAnyConditional || !Array.isArray(express.router.stack)) return false;
          this.express = express;
          return true;
        }
        default:
          return false;
      }
    } catch (error) {
      this.faults.report(error);
      return false;
    }
  }
}
