/**
 * What a route is worth while memory is short.
 *
 * - `critical`: refused only at the very edge, when serving it would take the process down
 * - `normal`: refused while pressure is critical
 * - `sheddable`: refused first, from elevated pressure on: what can be asked for later
 *
 * @publicApi
 */
export type RequestPriority = 'critical' | 'normal' | 'sheddable';

/** The most protected first. */
export const PRIORITIES: readonly RequestPriority[] = ['critical', 'normal', 'sheddable'];
