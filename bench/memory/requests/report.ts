import { table, withRange } from '../../support/markdown.js';
import { type Spread, spreadOf } from '../../support/statistics.js';
import type { Verdict } from '../../support/verdict.js';
import { endings, hasFixed, isUnharmed, survives, worst } from '../run/report.js';
import type { Rounds } from '../run/side-by-side.js';
import type { RequestFigures, RequestsRound } from './measure.js';

const HEAD = [
  'contestant',
  'rounds',
  'end',
  'good/s',
  'of best fixed',
  'p50 ms',
  'p99 ms',
  'clean 503',
  'other 503',
  'errors',
  'peak MB',
];
const LEAST_SHARE = 0.9;
const MOST_P99_MS = 2000;

export function describeRound(round: RequestsRound): string {
  const { fate, goodPerSecond, p99, clean503, other503, peakMb } = round;
  return `${fate}, ${goodPerSecond.toFixed(1)} good/s, p99 ${figure(p99)} ms, ${clean503} clean 503, ${other503} other 503, ${failures(round)} errors, peak ${peakMb.toFixed(0)} MB`;
}

/** Everything that was neither a good answer nor a 503. */
export function failures({ other, errors, unanswered }: RequestFigures): number {
  return other + errors + unanswered;
}

/** The one with the most good answers, of those that survived every round and answered everybody. */
export function bestFixed(results: Rounds<RequestsRound>): string | undefined {
  const able = [...results.keys()].filter((each) => {
    const rounds = results.get(each)!;
    const isAble = isUnharmed(rounds) && rounds.every((round) => failures(round) === 0);
    return each.startsWith('fixed-') && rounds.length > 0 && isAble;
  });
  const goodOf = (each: string): number => good(results.get(each)!).median;
  return able.toSorted((a, b) => goodOf(b) - goodOf(a))[0];
}

export function formatRequestsTable(results: Rounds<RequestsRound>): string {
  const best = bestFixed(results);
  const rows = [...results].map(([contestant, rounds]) => [
    contestant === best ? `${contestant} (best fixed)` : contestant,
    `${rounds.length}`,
    endings(rounds),
    withRange(good(rounds), 1),
    share(rounds, results)?.toFixed(2) ?? '-',
    milliseconds(spreadOf(rounds.map(({ p50 }) => p50))),
    milliseconds(spreadOf(rounds.map(({ p99 }) => p99))),
    worst(rounds, 'most', ({ clean503 }) => clean503),
    worst(rounds, 'most', ({ other503 }) => other503),
    worst(rounds, 'most', failures),
    worst(rounds, 'most', ({ peakMb }) => Math.round(peakMb)),
  ]);
  return table(HEAD, rows);
}

export function judgeRequests(title: string, results: Rounds<RequestsRound>): Verdict[] {
  const headroom = results.get('headroom');
  if (headroom === undefined) return [];
  const unclean = headroom.map((round) => round.other503 + failures(round));
  const p99 = spreadOf(headroom.map((round) => round.p99));
  return [
    survives(title, headroom),
    ...(hasFixed(results) ? [judgeShare(title, headroom, results)] : []),
    {
      target: `${title}: everything else is a clean 503`,
      isReached: Math.max(...unclean) === 0,
      figure: `${Math.max(...unclean)} other 503s and errors in the worst round`,
    },
    {
      target: `${title}: p99 of good answers under ${MOST_P99_MS} ms`,
      isReached: isUnharmed(headroom) && p99.median < MOST_P99_MS,
      figure: `${milliseconds(p99)} ms`,
    },
  ];
}

function judgeShare(
  title: string,
  headroom: readonly RequestsRound[],
  results: Rounds<RequestsRound>,
): Verdict {
  const ofBest = share(headroom, results);
  return {
    target: `${title}: at least ${LEAST_SHARE} of the good answers of the best fixed limit`,
    isReached: isUnharmed(headroom) && ofBest !== undefined && ofBest >= LEAST_SHARE,
    figure: ofBest === undefined ? 'no figure' : `${ofBest.toFixed(2)} of ${bestFixed(results)}`,
  };
}

export function good(rounds: readonly RequestsRound[]): Spread {
  return spreadOf(rounds.map(({ goodPerSecond }) => goodPerSecond));
}

function share(rounds: readonly RequestsRound[], results: Rounds<RequestsRound>): number | undefined {
  const best = bestFixed(results);
  return best === undefined ? undefined : good(rounds).median / good(results.get(best)!).median;
}

/** `-` when there was no good answer. */
export function milliseconds(spread: Spread): string {
  return Number.isNaN(spread.median) ? '-' : withRange(spread, 0);
}

export function figure(value: number): string {
  return Number.isNaN(value) ? '-' : value.toFixed(0);
}
