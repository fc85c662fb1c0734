import type { Results } from '../support/contest.js';
import { table, withRange } from '../support/markdown.js';
import { ratios, type Spread, spreadOf } from '../support/statistics.js';
import type { Verdict } from '../support/verdict.js';
import type { Contestant, Platform } from './contestants.js';
import type { Measurement } from './measure.js';

export interface PlatformResult {
  readonly platform: Platform;
  readonly results: Results<Contestant, Measurement>;
}

const HEAD = ['platform', 'contestant', 'requests/s', 'of bare', 'CPU us/request', 'of bare', 'p99 ms'];

export function formatHttpTable(all: readonly PlatformResult[]): string {
  return table(
    HEAD,
    all.flatMap((each) => Object.keys(each.results).map((contestant) => row(each, contestant as Contestant))),
  );
}

export function judgeHttp(all: readonly PlatformResult[]): Verdict[] {
  return all.map(({ platform, results }) => {
    const headroom = ratioTo(results, 'headroom', 'requestsPerSecond');
    const again = ratioTo(results, 'bare-again', 'requestsPerSecond');
    const noise = Math.max(again.max - 1, 1 - again.min);
    return {
      target: `/ping on ${platform} within the noise of bare Nest (here ${noise.toFixed(3)})`,
      isReached: headroom.median >= 1 - noise,
      figure: withRange(headroom, 3),
    };
  });
}

function row({ platform, results }: PlatformResult, contestant: Contestant): string[] {
  const of = (key: keyof Measurement): Spread => spreadOf(results[contestant].map((round) => round[key]));
  const ratio = (key: keyof Measurement): string =>
    contestant === 'bare' ? '1' : withRange(ratioTo(results, contestant, key), 3);
  return [
    platform,
    contestant,
    withRange(of('requestsPerSecond'), 0),
    ratio('requestsPerSecond'),
    of('cpuMicrosPerRequest').median.toFixed(1),
    ratio('cpuMicrosPerRequest'),
    of('p99').median.toFixed(0),
  ];
}

function ratioTo(results: PlatformResult['results'], contestant: Contestant, key: keyof Measurement): Spread {
  return ratios(
    results[contestant].map((round) => round[key]),
    results.bare.map((round) => round[key]),
  );
}
