import { SetMetadata } from '@nestjs/common';

export const ON_LOOP_STALL = 'resilience:on-loop-stall';

/**
 * Calls the method with a `LoopStall` after the event loop has not turned for `eventLoop.stallMs`. For methods of
 * providers and controllers that are singletons. What it throws is logged once and disturbs nothing.
 *
 * @example
 * ```ts
 * @OnLoopStall()
 * count({ durationMs, certainty, by }: LoopStall) {
 *   this.histogram.observe({ by: certainty === 'certain' ? by[0].kind : certainty }, durationMs);
 * }
 * ```
 * @publicApi
 */
export const OnLoopStall = (): MethodDecorator => SetMetadata(ON_LOOP_STALL, true);
