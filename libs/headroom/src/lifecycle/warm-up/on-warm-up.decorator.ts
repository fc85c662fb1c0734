import { SetMetadata } from '@nestjs/common';

export const ON_WARM_UP = 'resilience:on-warm-up';

/**
 * Calls the method once when the app is up, before it is ready; its argument is an AbortSignal. For methods of providers
 * and controllers that are singletons. How long it may take, and what follows when it throws, is said by the option
 * `warmUp`.
 *
 * @example
 * ```ts
 * @OnWarmUp()
 * async fillCache(signal: AbortSignal) {
 *   this.cache = await this.prices.loadAll({ signal });
 * }
 * ```
 * @publicApi
 */
export const OnWarmUp = (): MethodDecorator => SetMetadata(ON_WARM_UP, true);
