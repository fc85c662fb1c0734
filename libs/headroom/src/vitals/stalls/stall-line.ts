import { labelOf } from './judge-stall.js';
import type { LoopStall } from './loop-stall.js';

const MAX_IN_LINE = 5;
const SPLIT = ' Split the work with yieldIfDue(), or run it in a process of its own.';

/** `event loop blocked for 1240ms by job=reports:build#17 (threshold 500ms). Split the work with yieldIfDue(), ...` */
export function formatStall(stall: LoopStall, stallMs: number): string {
  const length = `${Math.round(stall.durationMs)}ms`;
  const threshold = `(threshold ${stallMs}ms)`;
  switch (stall.certainty) {
    case 'certain':
      return `event loop blocked for ${length} by ${chain(stall)} ${threshold}.${SPLIT}`;
    case 'likely':
      return `event loop blocked for ${length}, likely by ${list(stall)} ${threshold}: nothing else was under way, and it ended then.${SPLIT}`;
    case 'one-of':
      return `event loop blocked for ${length}${oneOf(stall)} ${threshold}, or by a timer or a listener of the app.`;
    case 'several':
      return `event loop blocked for ${length} by many pieces of work in a row ${threshold}${longest(stall)}. Let some of them wait: await yieldToEventLoop().`;
    case 'stopped':
      return `event loop stood still for ${length} ${threshold}, and the process did not compute: it was stopped, or waited${where(stall)}.`;
    case 'unknown':
      return `event loop blocked for ${length} ${threshold}, not by a job, a request or a task: by a timer or a listener of the app, perhaps, or by garbage collection.`;
    default:
      return stall.certainty satisfies never;
  }
}

function chain({ by: [first, ...called] }: LoopStall): string {
  return [labelOf(first!), ...called.map((each) => `in ${labelOf(each)}`)].join(', ');
}

function list({ by, others }: LoopStall): string {
  const told = by.slice(0, MAX_IN_LINE).map(labelOf);
  const more = by.length + others - told.length;
  return more > 0 ? `${told.join(', ')} and ${more} more` : told.join(', ');
}

/** One alone that only waited, as far as is known, is no suspect yet. */
function oneOf(stall: LoopStall): string {
  return stall.by.length + stall.others === 1
    ? ` while ${list(stall)} was under way: by it`
    : ` by one of ${list(stall)}`;
}

function longest(stall: LoopStall): string {
  return stall.by.length > 0 ? `, the longest first: ${list(stall)}` : '';
}

function where({ onStack }: LoopStall): string {
  return onStack ? `. ${labelOf(onStack)} was on the stack: in a synchronous call, perhaps` : '';
}
