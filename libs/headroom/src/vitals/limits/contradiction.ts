/**
 * Limits that contradict one another.
 *
 * @publicApi
 */
export interface Contradiction {
  /** `warning`: the process can die or stall of it, or a setting does nothing. `hint`: there is a better setting. */
  readonly severity: 'warning' | 'hint';
  /** One sentence: what contradicts, with figures, and the setting to change. */
  readonly message: string;
}
