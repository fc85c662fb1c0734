import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost, Reflector } from '@nestjs/core';

import { SafeLogger } from '../listeners/index.js';
import { PressureService } from '../pressure/index.js';
import { RESILIENCE_OPTIONS } from '../resilience-options.js';
import type { ResolvedResilienceOptions } from '../resilience-options.js';
import { exemptPathTest } from './exempt-paths.js';
import { MemoryBudgetExceededException } from './memory-budget-exceeded.exception.js';
import { SKIP_MEMORY_BUDGET } from './skip-memory-budget.decorator.js';

/**
 * Refuses requests with 503 and `Retry-After` while pressure is critical. Below that it costs a comparison.
 *
 * Global by default; with `guard: false` it can be used on single routes with `@UseGuards()`.
 *
 * @publicApi
 */
@Injectable()
export class MemoryBudgetGuard implements CanActivate {
  private readonly logger = new SafeLogger('Headroom');
  private readonly isObserving: boolean;
  private isExempt: ((url: string | undefined) => boolean) | undefined;
  private loggedSince = 0;
  private count = 0;

  constructor(
    @Inject(RESILIENCE_OPTIONS) private readonly options: ResolvedResilienceOptions,
    private readonly pressure: PressureService,
    private readonly reflector: Reflector,
    private readonly adapterHost: HttpAdapterHost,
    private readonly config: ApplicationConfig,
  ) {
    this.isObserving = options.mode === 'observe';
  }

  /** Requests refused since start; in `observe` mode those that would have been. */
  get refused(): number {
    return this.count;
  }

  canActivate(context: ExecutionContext): boolean {
    return this.pressure.level !== 'critical' || this.decide(context);
  }

  /** @throws {MemoryBudgetExceededException} */
  private decide(context: ExecutionContext): boolean {
    if (context.getType() !== 'http') return true;
    const handlers = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean>(SKIP_MEMORY_BUDGET, handlers)) return true;

    const { httpAdapter } = this.adapterHost;
    const http = context.switchToHttp();
    const request: unknown = http.getRequest();
    const url = httpAdapter.getRequestUrl(request) as string | undefined;
    // NOTE: read late, because setGlobalPrefix() is called after the module was built.
    this.isExempt ??= exemptPathTest(this.options.http.exemptPaths, this.config.getGlobalPrefix());
    if (this.isExempt(url)) return true;

    this.count++;
    this.logFirst(url);
    if (this.isObserving) return true;
    const { retryAfterSeconds } = this.options.http;
    httpAdapter.setHeader(http.getResponse(), 'Retry-After', String(retryAfterSeconds));
    throw new MemoryBudgetExceededException(retryAfterSeconds);
  }

  /** One line per time in critical, not one per request: a flood of requests must not become one of lines. */
  private logFirst(url: string | undefined): void {
    const { since, reasons } = this.pressure.verdict;
    if (since === this.loggedSince) return;
    this.loggedSince = since;
    this.logger.warn(
      `${this.isObserving ? 'would answer' : 'answering'} 503: pressure is critical (${reasons.join(', ')}); ` +
        `first refused: ${url ?? 'a request'}; ${this.count} since start`,
    );
  }
}
