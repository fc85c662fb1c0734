import { table, withRange } from '../../support/markdown.js';
import { spreadOf } from '../../support/statistics.js';
import type { Verdict } from '../../support/verdict.js';
import {
  describeRound as describeRequests,
  failures,
  figure,
  good,
  milliseconds,
} from '../requests/report.js';
import { endings, isUnharmed, survives, worst } from '../run/report.js';
import type { Rounds } from '../run/side-by-side.js';
import { WITHOUT_JOBS } from './contestants.js';
import type { BothRound } from './measure.js';

const HEAD = [
  'contestant',
  'rounds',
  'end',
  'jobs done',
  'twice',
  'good/s',
  'p99 ms',
  'clean 503',
  'other 503',
  'errors',
  'pings failed',
  'ping p99 ms',
];
const MOST_PING_P99_MS = 250;
const LEAST_SHARE = 0.9;

export function describeRound(round: BothRound): string {
  const { jobsDone, pingsFailed, pings, pingP99 } = round;
  return `${describeRequests(round)}, ${jobsDone} jobs, ${pingsFailed} of ${pings} pings failed, ping p99 ${figure(pingP99)} ms`;
}

export function formatBothTable(results: Rounds<BothRound>): string {
  const rows = [...results].map(([contestant, rounds]) => [
    contestant,
    `${rounds.length}`,
    endings(rounds),
    withRange(spreadOf(rounds.map(({ jobsDone }) => jobsDone)), 0),
    worst(rounds, 'most', ({ jobsDoneTwice }) => jobsDoneTwice),
    withRange(good(rounds), 1),
    milliseconds(spreadOf(rounds.map(({ p99 }) => p99))),
    worst(rounds, 'most', ({ clean503 }) => clean503),
    worst(rounds, 'most', ({ other503 }) => other503),
    worst(rounds, 'most', failures),
    worst(rounds, 'most', ({ pingsFailed }) => pingsFailed),
    milliseconds(spreadOf(rounds.map(({ pingP99 }) => pingP99))),
  ]);
  return table(HEAD, rows);
}

export function judgeBoth(title: string, results: Rounds<BothRound>): Verdict[] {
  const headroom = results.get('headroom');
  if (headroom === undefined) return [];
  return [
    survives(title, headroom),
    ...judgePings(title, headroom),
    ...judgePings('the same requests without jobs', results.get(WITHOUT_JOBS) ?? []),
    ...judgeGivingWay(title, results, headroom),
  ];
}

function judgePings(title: string, rounds: readonly BothRound[]): Verdict[] {
  if (rounds.length === 0) return [];
  const survived = isUnharmed(rounds);
  const failed = Math.max(...rounds.map(({ pingsFailed }) => pingsFailed));
  const p99 = spreadOf(rounds.map(({ pingP99 }) => pingP99));
  return [
    {
      target: `${title}: no ping fails`,
      isReached: survived && failed === 0,
      figure: `${failed} of ${rounds[0]!.pings} in the worst round`,
    },
    {
      target: `${title}: ping p99 under ${MOST_PING_P99_MS} ms`,
      isReached: survived && p99.median < MOST_PING_P99_MS,
      figure: `${milliseconds(p99)} ms`,
    },
  ];
}

/** Jobs give way before requests: these come through nearly as well as without jobs. */
function judgeGivingWay(
  title: string,
  results: Rounds<BothRound>,
  headroom: readonly BothRound[],
): Verdict[] {
  const alone = results.get(WITHOUT_JOBS);
  if (alone === undefined) return [];
  const share = good(headroom).median / good(alone).median;
  return [
    {
      target: `${title}: jobs give way, at least ${LEAST_SHARE} of the good answers without jobs`,
      isReached: isUnharmed([...headroom, ...alone]) && share >= LEAST_SHARE,
      figure: `${good(headroom).median.toFixed(1)} of ${good(alone).median.toFixed(1)} per second`,
    },
  ];
}
