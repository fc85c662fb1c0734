// @ts-check
import { blockedMs } from './probe-answer.mjs';
import { captureStack } from './capture-stack.mjs';
import { StallClock } from './stall-clock.mjs';

/**
 * A block that has ended, of which a stack was taken.
 *
 * @typedef {object} CapturedBlock
 * @property {number} blockedMs
 * @property {string | undefined} by
 * @property {readonly string[]} stack innermost first
 */

/**
 * @typedef {object} StallWatchSettings
 * @property {() => number} beats
 * @property {() => string | undefined} running
 * @property {number} maxBlockMs
 * @property {boolean} captureProfile
 * @property {(block: CapturedBlock) => void} ended
 * @property {(line: string) => void} passed is called once per block that is longer than maxBlockMs
 */

const CAPTURE_AFTER_MS = 500;
const CAPTURE_AGAIN_MS = 10_000;

/** Watches the main thread: how long it stands still, and on what. */
export class StallWatch {
  /** @param {StallWatchSettings} settings */
  constructor(settings) {
    this.settings = settings;
    this.beats = settings.beats();
    this.clock = new StallClock(performance.now(), this.beats);
    this.longestMs = 0;
    this.hasPassed = false;
    this.capturedAtMs = -Infinity;
    /** @type {string | undefined} */
    this.by = undefined;
    /** @type {readonly string[]} */
    this.stack = [];
  }

  /** @returns {number} milliseconds since the event loop last turned */
  look() {
    const { beats: readBeats, running, maxBlockMs } = this.settings;
    const now = performance.now();
    const beats = readBeats();
    const ageMs = this.clock.look(now, beats);
    if (beats !== this.beats) this.end(beats);
    this.longestMs = ageMs;
    if (blockedMs(ageMs) > 0) this.by = running() ?? this.by;
    if (ageMs > CAPTURE_AFTER_MS) this.capture(now);
    if (ageMs > maxBlockMs && !this.hasPassed) this.pass();
    return ageMs;
  }

  /** @param {number} beats */
  end(beats) {
    const { longestMs, by, stack } = this;
    if (stack.length > 0) this.settings.ended({ blockedMs: blockedMs(longestMs), by, stack });
    this.beats = beats;
    this.hasPassed = false;
    this.by = undefined;
    this.stack = [];
  }

  pass() {
    this.hasPassed = true;
    const by = this.by === undefined ? '' : ` by ${this.by}`;
    const stack = this.stack.length === 0 ? '' : `; on the stack: ${this.stack.join(' < ')}`;
    try {
      this.settings.passed(
        `[Headroom] the event loop is blocked for ${blockedMs(this.longestMs)}ms${by}: /live answers 503${stack}`,
      );
    } catch {
      // Nobody reads stderr any more.
    }
  }

  /** @param {number} now */
  capture(now) {
    if (!this.settings.captureProfile || now - this.capturedAtMs < CAPTURE_AGAIN_MS) return;
    this.capturedAtMs = now;
    const { beats } = this;
    captureStack().then(
      (stack) => {
        // A profile of a later time says nothing about this block.
        if (this.settings.beats() === beats && this.beats === beats) this.stack = stack;
      },
      () => undefined,
    );
  }
}
