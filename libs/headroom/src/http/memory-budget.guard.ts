import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';

import { RequestAdmission } from './request-admission.service.js';
import { RequestMonitor } from '../admission/index.js';

/**
 * Holds requests to the memory budget: sets aside what a request of its route takes, lets it wait briefly where that
 * is not free, and refuses it with 503 and `Retry-After` where it stays so.
 *
 * Global by default, asked before the guards of controllers and after the app's own global ones. Requests are then shed by
 * pressure and priority before their body is read. What is thrown here goes to the app's global exception filters (and
 * passes Fastify's `onError` hooks); expect none of a controller's to see it. With `guard: false` it can be used on
 * single routes with `@UseGuards()`, and sheds there by itself, after the body.
 *
 * @publicApi
 */
@Injectable()
export class MemoryBudgetGuard implements CanActivate {
  constructor(
    private readonly admission: RequestAdmission,
    private readonly monitor: RequestMonitor,
  ) {}

  /** Requests answered with 503 since start, wherever it is used; in `observe` mode those that would have been. */
  get refused(): number {
    return this.monitor.refused;
  }

  /** @throws {MemoryBudgetExceededException} */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    return this.admission.admit(context);
  }
}
