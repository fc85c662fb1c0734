import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost } from '@nestjs/core';

import { FaultLog, SafeLogger } from '../listeners/index.js';
import { IS_GUARDING } from './is-guarding.js';
import { MemoryBudgetGuard } from './memory-budget.guard.js';
import { RequestAdmission } from './request-admission.service.js';
import { type AskBefore, askingHandler } from './routes/asking-handler.js';
import { interceptRoutes } from './routes/intercept-routes.js';
import { identityOf } from './routes/marked-handler.js';
import { NestRoutes, PATH } from './routes/nest-routes.service.js';
import { RouteTable } from './routes/route-table.service.js';

/** Of handlers that could not be marked: what their controller is marked with is not known. */
class UnknownController {}

/**
 * Lets `MemoryBudgetGuard` guard every route.
 *
 * Where it can, what Nest registers as the handler of a route asks first, before Nest's own guards: for having a global
 * guard at all Nest takes 2 to 3 % of a small request (`npm run bench -- http`). Where it cannot, the guard is one of Nest's.
 */
@Injectable()
export class GlobalGuard implements OnModuleInit {
  private readonly faults = new FaultLog(new SafeLogger('Headroom'), 'guarding the routes');
  private readonly ask: AskBefore;
  private stopIntercepting: (() => void) | undefined;

  constructor(
    @Inject(IS_GUARDING) private readonly isGuarding: boolean,
    private readonly adapterHost: HttpAdapterHost,
    private readonly config: ApplicationConfig,
    private readonly guard: MemoryBudgetGuard,
    private readonly routes: NestRoutes,
    private readonly table: RouteTable,
    admission: RequestAdmission,
  ) {
    this.ask = (policy, request, response) => admission.admitTo(policy, request, response);
  }

  /** NOTE: to be called when prefix and versioning are set, and Nest has not registered the routes yet. */
  install(): void {
    if (!this.isGuarding) return;
    if (!this.canAskByItself()) {
      this.config.addGlobalGuard(this.guard);
      return;
    }
    this.stopIntercepting = interceptRoutes(this.adapterHost.httpAdapter, (handler) => {
      // What others register by the way is none of Nest's.
      if (!Reflect.hasMetadata(PATH, handler)) return handler;
      const { handler: method, controller } = identityOf(handler) ?? {
        handler,
        controller: UnknownController,
      };
      return askingHandler(handler, () => this.table.policyOf(method, controller), this.ask);
    });
  }

  /** The routes are registered now. */
  onModuleInit(): void {
    this.stopIntercepting?.();
  }

  private canAskByItself(): boolean {
    // Another one may have been put in its place, by `overrideProvider()` in a test.
    if (!(this.guard instanceof MemoryBudgetGuard)) return false;
    try {
      switch (this.adapterHost.httpAdapter?.getType()) {
        case 'fastify':
          return true;
        case 'express':
          // What is registered there looks by itself whether a request is of its version and host, and asks before.
          return !this.routes.list().some(({ isConditional }) => isConditional);
        default:
          return false;
      }
    } catch (error) {
      this.faults.report(error);
      return false;
    }
  }
}
