import type { Results } from '../support/contest.js';
import { table, withRange } from '../support/markdown.js';
import { ratioOfBest, ratios, type Spread, spreadOf } from '../support/statistics.js';
import type { Verdict } from '../support/verdict.js';
import type { Contestant, Platform } from './contestants.js';
import type { Measurement } from './measure.js';

export interface PlatformResult {
  readonly platform: Platform;
  readonly results: Results<Contestant, Measurement>;
}

const HEAD = [
  'platform',
  'contestant',
  'requests/s',
  'of bare',
  'best of best',
  'CPU us/request',
  'of bare',
  'p99 ms',
];

export function formatHttpTable(all: readonly PlatformResult[]): string {
  return table(
    HEAD,
    all.flatMap((each) => Object.keys(each.results).map((contestant) => row(each, contestant as Contestant))),
  );
}

/** Within the noise: the median is no further below bare Nest than a round of bare Nest is below another. */
export function judgeHttp(all: readonly PlatformResult[]): Verdict[] {
  return all.map(({ platform, results }) => {
    const headroom = ratioTo(results, 'headroom', 'requestsPerSecond');
    const { min: least } = ratioTo(results, 'bare-again', 'requestsPerSecond');
    return {
      target: `/ping on ${platform} within the noise of bare Nest (at least ${least.toFixed(3)})`,
      isReached: headroom.median >= least,
      figure: withRange(headroom, 3),
    };
  });
}

function row({ platform, results }: PlatformResult, contestant: Contestant): string[] {
  const of = (key: keyof Measurement): Spread => spreadOf(results[contestant].map((round) => round[key]));
  return [
    platform,
    contestant,
    withRange(of('requestsPerSecond'), 0),
    withRange(ratioTo(results, contestant, 'requestsPerSecond'), 3),
    bestOfBest(results, contestant).toFixed(3),
    of('cpuMicrosPerRequest').median.toFixed(1),
    withRange(ratioTo(results, contestant, 'cpuMicrosPerRequest'), 3),
    of('p99').median.toFixed(0),
  ];
}

function bestOfBest(results: PlatformResult['results'], contestant: Contestant): number {
  return ratioOfBest(
    results[contestant].map((round) => round.requestsPerSecond),
    results.bare.map((round) => round.requestsPerSecond),
  );
}

function ratioTo(results: PlatformResult['results'], contestant: Contestant, key: keyof Measurement): Spread {
  return ratios(
    results[contestant].map((round) => round[key]),
    results.bare.map((round) => round[key]),
  );
}
