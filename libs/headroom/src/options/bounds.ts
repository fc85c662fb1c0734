/** Less memory than this no Node process can live with. */
export const MIN_LIMIT_BYTES = 32 * 1024 ** 2;
/** Node clamps longer timers to 1 ms, with a warning. */
export const MAX_TIMER_MS = 2 ** 31 - 1;
