import { formatMb } from '../units/index.js';
import { formatMemory, type WorkKind } from '../vitals/index.js';
import type { TaskEndFacts, TaskStartFacts } from './task-facts.js';

/** `task start mem rss=512MB heap=420/480MB ext=20MB job=reports:build#17` */
export function formatTaskStart({ kind, name, memory }: TaskStartFacts): string {
  return `task start mem ${formatMemory(memory)} ${label(kind, name)}`;
}

/** `task end mem rss=530MB(+18) heap=430/480MB(+10) ext=20MB(+0) peak=541MB took=1.2s outcome=ok job=reports:build#17` */
export function formatTaskEnd(facts: TaskEndFacts): string {
  const { kind, name, memory, before, peakRssBytes, durationMs, outcome, error, concurrency } = facts;
  const failure = outcome === 'failed' ? ` error=${errorName(error)}` : '';
  const shared = concurrency > 1 ? ` shared-by=${concurrency}` : '';
  return (
    `task end mem ${formatMemory(memory, before)} peak=${formatMb(peakRssBytes)} took=${formatDuration(durationMs)} ` +
    `outcome=${outcome}${failure}${shared} ${label(kind, name)}`
  );
}

/** On one line: whoever adds a job gives its name and its id. */
function label(kind: WorkKind, name: string): string {
  return `${kind}=${name.replaceAll(/[\r\n]+/g, ' ')}`;
}

function errorName(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  // Of one that was thrown in another process, a sandboxed job's for example, only the stack has the name.
  const { name, stack } = error;
  return name === 'Error' ? (/^([\w$.]+)(?: \[\w+\])?(?::|\n|$)/.exec(stack ?? '')?.[1] ?? name) : name;
}

function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
