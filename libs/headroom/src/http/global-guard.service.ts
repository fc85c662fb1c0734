import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost } from '@nestjs/core';

import { FaultLog, SafeLogger } from '../listeners/index.js';
import { IS_GUARDING } from './is-guarding.js';
import { MemoryBudgetGuard } from './memory-budget.guard.js';
import { RequestAdmission } from './request-admission.service.js';
import { askingHandler } from './routes/asking-handler.js';
import { interceptRoutes } from './routes/intercept-routes.js';
import { identityOf } from './routes/marked-handler.js';
import { type NestRoute, NestRoutes } from './routes/nest-routes.service.js';

/**
 * Lets `MemoryBudgetGuard` guard every route.
 *
 * Where it can, what Nest registers as the handler of a route asks first, before Nest's own guards: for having a global
 * guard at all Nest takes 2 to 3 % of a small request (`npm run bench -- http`). Where it cannot, the guard is one of Nest's.
 */
@Injectable()
export class GlobalGuard implements OnModuleInit {
  private readonly faults = new FaultLog(new SafeLogger('Headroom'), 'guarding the routes');
  private stopIntercepting: (() => void) | undefined;

  constructor(
    @Inject(IS_GUARDING) private readonly isGuarding: boolean,
    private readonly adapterHost: HttpAdapterHost,
    private readonly config: ApplicationConfig,
    private readonly guard: MemoryBudgetGuard,
    private readonly routes: NestRoutes,
    private readonly admission: RequestAdmission,
  ) {}

  /** NOTE: to be called when prefix and versioning are set, and Nest has not registered the routes yet. */
  install(): void {
    if (!this.isGuarding) return;
    if (!this.canAsk()) {
      this.config.addGlobalGuard(this.guard);
      return;
    }
    this.stopIntercepting = interceptRoutes(this.adapterHost.httpAdapter, (handler) => {
      const identity = identityOf(handler);
      // What others register by the way is none of Nest's.
      if (!identity) return handler;
      const called = { ...identity };
      return askingHandler(handler, (request, response) => this.admission.admitTo(called, request, response));
    });
  }

  /** The routes are registered now. */
  onModuleInit(): void {
    this.stopIntercepting?.();
  }

  private canAsk(): boolean {
    try {
      return this.isOurs() && this.isAlone() && this.routes.list().every((route) => this.canAskFor(route));
    } catch (error) {
      this.faults.report(error);
      return false;
    }
  }

  /** In a test another one may be in its place. */
  private isOurs(): boolean {
    return this.guard.canActivate === MemoryBudgetGuard.prototype.canActivate;
  }

  /** Whom the app's own guards refuse shall take no memory, and filters of one request are known to Nest alone. */
  private isAlone(): boolean {
    const { config } = this;
    return (
      config.getGlobalGuards().length === 0 &&
      config.getGlobalRequestGuards().length === 0 &&
      config.getGlobalRequestFilters().length === 0
    );
  }

  private canAskFor({ called, isConditional }: NestRoute): boolean {
    // Its class could not be marked, or its instance has made itself another one.
    if (identityOf(called)?.handler !== called) return false;
    switch (this.adapterHost.httpAdapter?.getType()) {
      case 'fastify':
        return true;
      case 'express':
        // What is registered there looks by itself whether a request is of its version and host, and would ask before.
        return !isConditional;
      default:
        return false;
    }
  }
}
