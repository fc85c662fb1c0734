import { SetMetadata } from '@nestjs/common';

export const ON_PRESSURE_CHANGE = 'resilience:on-pressure-change';

/**
 * Calls the method with a `PressureChange` whenever the pressure level changes. For methods of providers and
 * controllers that are singletons. What it throws is logged once and disturbs nothing.
 *
 * @example
 * ```ts
 * @OnPressureChange()
 * dropCaches({ to }: PressureChange) {
 *   if (to === 'critical') this.cache.clear();
 * }
 * ```
 * @publicApi
 */
export const OnPressureChange = (): MethodDecorator => SetMetadata(ON_PRESSURE_CHANGE, true);
