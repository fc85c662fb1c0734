import { HttpStatus, ServiceUnavailableException } from '@nestjs/common';

/**
 * The 503 of a request that was refused because memory is short.
 *
 * @publicApi
 */
export class MemoryBudgetExceededException extends ServiceUnavailableException {
  /** Stable: clients and filters may match on it. */
  static readonly code = 'RESILIENCE_MEMORY_BUDGET_EXCEEDED';

  /** @param retryAfterSeconds what the `Retry-After` header says too */
  constructor(readonly retryAfterSeconds: number) {
    super({
      statusCode: HttpStatus.SERVICE_UNAVAILABLE,
      error: 'Service Unavailable',
      code: MemoryBudgetExceededException.code,
      message: `The server is short of memory. Retry in ${retryAfterSeconds}s.`,
      retryAfterSeconds,
    });
  }
}
