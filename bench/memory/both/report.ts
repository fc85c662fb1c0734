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
import { endings, isUnharmed, worst } from '../run/report.js';
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
  const survived = isUnharmed(headroom);
  const p99 = spreadOf(headroom.map(({ pingP99 }) => pingP99));
  const pingsFailed = Math.max(...headroom.map((round) => round.pingsFailed));
  return [
    { target: `${title}: Headroom is not killed`, isReached: survived, figure: endings(headroom) },
    {
      target: `${title}: no ping fails`,
      isReached: survived && pingsFailed === 0,
      figure: `${pingsFailed} of ${headroom[0]!.pings} in the worst round`,
    },
    {
      target: `${title}: ping p99 under ${MOST_PING_P99_MS} ms`,
      isReached: survived && p99.median < MOST_PING_P99_MS,
      figure: `${milliseconds(p99)} ms`,
    },
    ...judgeGivingWay(title, results, headroom),
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
