// @ts-check

/**
 * The most that counts between two looks. A longer gap is none of the main thread's doing: this thread did not run
 * either, because the process was stopped, the machine slept, or there was no CPU for it.
 */
const MAX_STEP_MS = 500;

/**
 * Measures how long the main thread has not turned its event loop, by a clock of this thread and the count of the other's
 * turns. Only time in which this thread ran counts. Look often.
 */
export class StallClock {
  /**
   * @param {number} nowMs of a clock that never goes back
   * @param {number} beats
   */
  constructor(nowMs, beats) {
    this.lookedAtMs = nowMs;
    this.beats = beats;
    this.ageMs = 0;
  }

  /**
   * @param {number} nowMs
   * @param {number} beats how often the main thread has turned
   * @returns {number} milliseconds since it last did
   */
  look(nowMs, beats) {
    const elapsedMs = Math.max(0, nowMs - this.lookedAtMs);
    this.lookedAtMs = nowMs;
    this.ageMs = beats === this.beats ? this.ageMs + Math.min(elapsedMs, MAX_STEP_MS) : 0;
    this.beats = beats;
    return this.ageMs;
  }
}
