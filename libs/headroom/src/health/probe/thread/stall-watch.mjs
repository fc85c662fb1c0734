// @ts-check
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
 * @property {number} beatMs between two turns that the main thread tells
 * @property {number} maxBlockMs
 * @property {boolean} captureProfile
 * @property {(block: CapturedBlock) => void} ended
 * @property {(line: string) => void} passed is called once per block that is longer than maxBlockMs
 */

/** Signs of life that may be missing before it is called a block. */
const MISSING_BEATS = 2;
const CAPTURE_AFTER_MS = 500;
const CAPTURE_AGAIN_MS = 10_000;

/** Watches the main thread: how long it stands still, and on what. */
export class StallWatch {
  /** @param {StallWatchSettings} settings */
  constructor(settings) {
    this.settings = settings;
    this.beats = settings.beats();
    this.clock = new StallClock(performance.now(), this.beats);
    this.ageMs = 0;
    this.hasPassed = false;
    this.capturedAtMs = -Infinity;
    /** @type {string | undefined} */
    this.by = undefined;
    /** @type {readonly string[]} */
    this.stack = [];
  }

  /** Milliseconds that the event loop is blocked; 0 while no sign of life is missing. */
  get blockedMs() {
    return this.ageMs > MISSING_BEATS * this.settings.beatMs ? this.ageMs : 0;
  }

  /** Call it often: time between two looks counts only up to a bound. */
  look() {
    const { beats: readBeats, running, maxBlockMs } = this.settings;
    const now = performance.now();
    const beats = readBeats();
    const ageMs = this.clock.look(now, beats);
    if (beats !== this.beats) this.end(beats);
    this.ageMs = ageMs;
    const { blockedMs } = this;
    if (blockedMs > 0) this.by = running() ?? this.by;
    if (blockedMs > CAPTURE_AFTER_MS) this.capture(now);
    if (blockedMs > maxBlockMs && !this.hasPassed) this.pass();
  }

  /** @param {number} beats */
  end(beats) {
    const { blockedMs, by, stack } = this;
    if (stack.length > 0) this.settings.ended({ blockedMs: Math.round(blockedMs), by, stack });
    this.beats = beats;
    this.hasPassed = false;
    this.by = undefined;
    this.stack = [];
  }

  pass() {
    this.hasPassed = true;
    const by = this.by === undefined ? '' : ` by ${this.by}`;
    const stack = this.stack.length === 0 ? '' : `; on the stack: ${this.stack.join(' < ')}`;
    this.settings.passed(
      `[Headroom] the event loop is blocked for ${Math.round(this.blockedMs)}ms${by}: /live answers 503${stack}`,
    );
  }

  /** @param {number} beats */
  async keepStack(beats) {
    const stack = await captureStack().catch(() => []);
    // A profile of a later time says nothing about this block.
    if (this.settings.beats() === beats && this.beats === beats) this.stack = stack;
  }

  /** @param {number} now */
  capture(now) {
    if (!this.settings.captureProfile || now - this.capturedAtMs < CAPTURE_AGAIN_MS) return;
    this.capturedAtMs = now;
    const { beats } = this;
    void this.keepStack(beats);
  }
}
