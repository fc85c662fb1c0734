import type { Results } from '../support/contest.js';
import { table, withRange } from '../support/markdown.js';
import { middleHalf, type Spread } from '../support/statistics.js';
import type { Verdict } from '../support/verdict.js';
import type { Contestant, Platform } from './contestants.js';
import type { Lap } from './measure.js';

export interface PlatformResult {
  readonly platform: Platform;
  readonly results: Results<Contestant, Lap>;
}

const HEAD = ['platform', 'contestant', 'requests/s', 'of bare', 'CPU us/request', 'of bare', 'p99 ms'];

export function formatHttpTable(all: readonly PlatformResult[]): string {
  return table(
    HEAD,
    all.flatMap((each) => Object.keys(each.results).map((contestant) => row(each, contestant as Contestant))),
  );
}

/** Within the noise: a lap is typically no slower than one in four laps of bare Nest is beside another. */
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
  const of = (key: keyof Lap): Spread => middleHalf(results[contestant].map((lap) => lap[key]));
  return [
    platform,
    contestant,
    withRange(of('requestsPerSecond'), 0),
    withRange(ratioTo(results, contestant, 'requestsPerSecond'), 3),
    of('cpuMicrosPerRequest').median.toFixed(1),
    withRange(ratioTo(results, contestant, 'cpuMicrosPerRequest'), 3),
    of('p99').median.toFixed(0),
  ];
}

/** One ratio per lap. */
function ratioTo(results: PlatformResult['results'], contestant: Contestant, key: keyof Lap): Spread {
  return middleHalf(results[contestant].map((lap, index) => lap[key] / results.bare[index]![key]));
}
