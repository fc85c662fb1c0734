import type { LoopStall, StallCertainty, StalledWork } from './loop-stall.js';
import type { LoopEvidence, WorkSpan } from './loop-work.js';

/** A process that used less of a CPU than this while its loop stood still was stopped, or waited for something. */
const BUSY_SHARE = 0.1;
/** Unless the system took the CPU from it as often as this: it had work, and others had the CPU. */
const PREEMPTED_EVERY_MS = 25;
/** With less than this it had no work, whatever its other threads did. */
const IDLE_SHARE = 0.05;
/** Who had this share of the time is to blame for it: what had waited meanwhile runs before the loop turns, too. */
const MOST = 0.6;
/** Names are made of so many at most: to find the route of a request takes some microseconds. */
const MAX_LOOKED_AT = 100;
const MAX_NAMED = 20;

/** The loop has not turned for a while. */
export interface Standstill extends LoopEvidence {
  readonly at: number;
  /** How late the loop was, milliseconds. */
  readonly lateMs: number;
  /** CPU time that the process used meanwhile, all threads, milliseconds. */
  readonly cpuMs: number;
  /** How often the system took the CPU from it meanwhile; 0 where that is not counted. */
  readonly preemptions: number;
}

type Verdict = Pick<LoopStall, 'certainty' | 'by' | 'others' | 'onStack'>;

/** Who held up the loop, as far as the evidence goes. */
export function judgeStall(standstill: Standstill): LoopStall {
  const { at, lateMs, stretches } = standstill;
  const longestMs = Math.max(0, ...stretches.filter(({ depth }) => depth === 0).map(lengthMs));
  const durationMs = Math.max(lateMs, longestMs);
  const verdict = isStopped(standstill) ? stopped(standstill) : blame(standstill);
  return Object.freeze({ at, durationMs, ...verdict, by: Object.freeze(verdict.by) });
}

/** `job=reports:build#17` */
export function labelOf({ kind, name }: StalledWork): string {
  return `${kind}=${name}`;
}

function isStopped({ lateMs, cpuMs, preemptions }: Standstill): boolean {
  if (cpuMs < lateMs * IDLE_SHARE) return true;
  return cpuMs < lateMs * BUSY_SHARE && preemptions < lateMs / PREEMPTED_EVERY_MS;
}

function stopped(standstill: Standstill): Verdict {
  const [onStack] = onStackForMost(standstill);
  return { certainty: 'stopped', by: [], others: 0, ...(onStack && { onStack }) };
}

function blame(standstill: Standstill): Verdict {
  const { lateMs, onStackMs, silence, underWay } = standstill;
  const onStack = onStackForMost(standstill);
  if (onStack.length > 0) return { certainty: 'certain', by: onStack, others: 0 };
  if (onStackMs >= lateMs * MOST || silence.toMs - silence.fromMs < lateMs * MOST) return inARow(standstill);
  return candidates(underWay.filter(({ fromMs, toMs }) => fromMs <= silence.fromMs && toMs >= silence.toMs));
}

/** The piece of work that was on the stack for most of the time, and what it had called that was too. */
function onStackForMost({ stretches, lateMs }: Standstill): StalledWork[] {
  const [outermost] = stretches
    .filter((each) => each.depth === 0 && lengthMs(each) >= lateMs * MOST)
    .toSorted((a, b) => lengthMs(b) - lengthMs(a));
  if (!outermost) return [];
  return stretches
    .filter(({ fromMs, toMs }) => fromMs >= outermost.fromMs && toMs <= outermost.toMs)
    .filter((each) => lengthMs(each) >= lengthMs(outermost) * MOST)
    .toSorted((a, b) => a.depth - b.depth)
    .map(({ work }) => named(work));
}

function inARow({ stretches, pieces }: Standstill): Verdict {
  const by = stretches
    .filter(({ depth }) => depth === 0)
    .toSorted((a, b) => lengthMs(b) - lengthMs(a))
    .slice(0, MAX_NAMED)
    .map(({ work }) => named(work));
  return { certainty: 'several', by, others: Math.max(0, pieces - by.length) };
}

/** The likeliest first: who ended as soon as the loop went on, then who had begun last. */
function candidates(spans: readonly WorkSpan[]): Verdict {
  const ranked = spans.toSorted((a, b) => Number(hasEnded(b)) - Number(hasEnded(a)) || b.fromMs - a.fromMs);
  const different = new Map<string, StalledWork>();
  for (const { work } of ranked.slice(0, MAX_LOOKED_AT)) {
    const each = named(work);
    const label = labelOf(each);
    if (!different.has(label)) different.set(label, each);
  }
  const by = [...different.values()].slice(0, MAX_NAMED);
  const others = different.size - by.length + Math.max(0, ranked.length - MAX_LOOKED_AT);
  const isSuspect = ranked.some(hasEnded);
  return { certainty: certaintyOf(by.length + others, isSuspect), by, others };
}

/** What only waited through it has nothing to show for it: the app's own timers are not watched, and can block too. */
function certaintyOf(count: number, isSuspect: boolean): StallCertainty {
  if (count === 0) return 'unknown';
  return count === 1 && isSuspect ? 'likely' : 'one-of';
}

/** As soon as the loop went on: it had waited for nothing else. */
function hasEnded({ toMs }: WorkSpan): boolean {
  return toMs !== Infinity;
}

function lengthMs({ fromMs, toMs }: WorkSpan): number {
  return toMs - fromMs;
}

/** Nothing is kept of the work itself: a request, or the data of a job. */
function named({ kind, name }: StalledWork): StalledWork {
  return Object.freeze({ kind, name });
}
