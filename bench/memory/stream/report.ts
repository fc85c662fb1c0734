import { table, withRange } from '../../support/markdown.js';
import { spreadOf } from '../../support/statistics.js';
import type { Verdict } from '../../support/verdict.js';
import { endings, isUnharmed, worst } from '../run/report.js';
import type { Rounds } from '../run/side-by-side.js';
import type { StreamRound } from './measure.js';

const HEAD = [
  'contestant',
  'rounds',
  'end',
  'MB streamed',
  's',
  'jobs/s',
  'pings failed',
  'ping p99 ms',
  'refused',
  'held',
  'levels',
  'peak MB',
];

export function describeRound(round: StreamRound): string {
  const { fate, streamedMb, seconds, jobsDone, pings, pingsFailed, pingP99, peakMb } = round;
  return `${fate}, ${streamedMb.toFixed(0)} MB in ${seconds.toFixed(1)} s, ${jobsDone} jobs, ${pingsFailed} of ${pings} pings failed, ping p99 ${pingP99.toFixed(0)} ms, peak ${peakMb.toFixed(0)} MB`;
}

export function formatStreamTable(results: Rounds<StreamRound>): string {
  const rows = [...results].map(([contestant, rounds]) => [
    contestant,
    `${rounds.length}`,
    endings(rounds),
    worst(rounds, 'least', ({ streamedMb }) => Math.round(streamedMb)),
    withRange(spreadOf(rounds.map(({ seconds }) => seconds)), 1),
    withRange(spreadOf(rounds.map(({ jobsDone, seconds }) => jobsDone / seconds)), 1),
    worst(rounds, 'most', ({ pingsFailed }) => pingsFailed),
    withRange(spreadOf(rounds.map(({ pingP99 }) => pingP99)), 0),
    rounds[0]?.acts ? worst(rounds, 'most', refused) : '-',
    rounds[0]?.acts ? worst(rounds, 'most', held) : '-',
    levels(rounds) || '-',
    worst(rounds, 'most', ({ peakMb }) => Math.round(peakMb)),
  ]);
  return table(HEAD, rows);
}

export function judgeStream(title: string, megabytes: number, results: Rounds<StreamRound>): Verdict[] {
  const headroom = results.get('headroom');
  if (headroom === undefined) return [];
  const failed = Math.max(...headroom.map(({ pingsFailed }) => pingsFailed));
  const [refusals, holds] = [Math.max(...headroom.map(refused)), Math.max(...headroom.map(held))];
  const isWhole = headroom.every(({ streamedMb }) => Math.round(streamedMb) === megabytes);
  return [
    {
      target: `${title}: Headroom is not killed, and the whole file comes`,
      isReached: isUnharmed(headroom) && isWhole,
      figure: `${endings(headroom)}, ${worst(headroom, 'least', ({ streamedMb }) => Math.round(streamedMb))} MB`,
    },
    {
      target: `${title}: nothing is refused, nothing is held, no ping fails`,
      isReached: isUnharmed(headroom) && refusals + holds + failed === 0,
      figure: `${refusals} requests refused, ${holds} jobs held, ${failed} pings failed`,
    },
  ];
}

function refused({ acts }: StreamRound): number {
  return acts?.refusedRequests ?? 0;
}

function held({ acts }: StreamRound): number {
  return acts?.heldJobs ?? 0;
}

function levels(rounds: readonly StreamRound[]): string {
  return [...new Set(rounds.flatMap(({ acts }) => acts?.levels ?? []))].join(', ');
}
