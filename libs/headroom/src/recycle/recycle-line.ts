import { formatMb, toMb } from '../units/index.js';
import type { RecycleReason } from './recycle-watch.js';

const MAX_NAMES = 5;

export interface RecycleFacts {
  readonly reason: RecycleReason;
  readonly uptimeMs: number;
  readonly jobs: number;
  readonly rssBytes: number;
  /** When the app had started. */
  readonly firstRssBytes: number;
  readonly maxRssBytes: number | undefined;
  readonly aboveMs: number | undefined;
  /** What ran when RSS went above its limit. */
  readonly ranThen: readonly string[];
  readonly exitCode: number;
}

/**
 * `recycling after 3h20m, 1204 jobs: rss 420MB, above 400MB for 60s; it grew by 240MB since start, 204KB per job; when
 * it went above, these ran: reports:build#17. Draining, then exit 75, for the supervisor to start anew`
 */
export function formatRecycle(facts: RecycleFacts): string {
  const { uptimeMs, jobs, exitCode } = facts;
  return (
    `recycling after ${formatTime(uptimeMs)}, ${jobs} jobs: ${describeReason(facts)}; ${describeGrowth(facts)}` +
    `${describeRan(facts)}. Draining, then exit ${exitCode}, for the supervisor to start anew`
  );
}

function describeReason({ reason, rssBytes, maxRssBytes, aboveMs }: RecycleFacts): string {
  if (reason === 'jobs') return 'recycle.maxJobs is reached';
  if (reason === 'uptime') return 'recycle.maxUptimeMs is reached';
  return `rss ${formatMb(rssBytes)}, above ${formatMb(maxRssBytes ?? 0)} for ${formatTime(aboveMs ?? 0)}`;
}

function describeGrowth({ rssBytes, firstRssBytes, jobs }: RecycleFacts): string {
  const grown = rssBytes - firstRssBytes;
  if (toMb(grown) <= 0) return `rss is ${formatMb(rssBytes)}, no more than at start`;
  const perJob = jobs > 0 ? `, ${Math.round(grown / jobs / 1024)}KB per job` : '';
  return `rss grew by ${formatMb(grown)} since start${perJob}`;
}

function describeRan({ ranThen }: RecycleFacts): string {
  if (ranThen.length === 0) return '';
  const more = ranThen.length > MAX_NAMES ? ` and ${ranThen.length - MAX_NAMES} more` : '';
  return `; when it went above, these ran: ${ranThen.slice(0, MAX_NAMES).join(', ')}${more}`;
}

function formatTime(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m${seconds % 60}s`;
  return `${Math.floor(minutes / 60)}h${minutes % 60}m`;
}
