import type { Platform } from '../http/contestants.js';
import { measure } from '../http/measure.js';
import { contest } from '../support/contest.js';
import { table, withRange } from '../support/markdown.js';
import { ratioOfBest, ratios, spreadOf } from '../support/statistics.js';
import type { Verdict } from '../support/verdict.js';
import { timeMarks } from './marks.js';

const PLATFORMS: readonly Platform[] = ['express', 'fastify'];
const HEAD = [
  'platform',
  'requests/s, watched',
  'not watched',
  'watched of not',
  'best of best',
  'CPU of not',
];
const LEAST = 0.97;

/** What it costs to know who blocks the event loop: Headroom with `eventLoop.stallMs`, and with `false`. */
export async function benchBlame(isQuick: boolean): Promise<Verdict[]> {
  const rows: string[][] = [];
  const verdicts: Verdict[] = [];
  for (const platform of PLATFORMS) {
    const { headroom, unwatched } = await contest(
      `/ping on ${platform}`,
      ['headroom', 'unwatched'],
      isQuick ? 1 : 4,
      (contestant) => measure({ platform, contestant }, isQuick),
    );
    const [on, off] = [headroom, unwatched].map((rounds) => rounds.map((each) => each.requestsPerSecond));
    const [cpuOn, cpuOff] = [headroom, unwatched].map((rounds) =>
      rounds.map((each) => each.cpuMicrosPerRequest),
    );
    const best = ratioOfBest(on!, off!);
    rows.push([
      platform,
      withRange(spreadOf(on!), 0),
      withRange(spreadOf(off!), 0),
      withRange(ratios(on!, off!), 3),
      best.toFixed(3),
      withRange(ratios(cpuOn!, cpuOff!), 3),
    ]);
    verdicts.push({
      target: `/ping on ${platform} with stalls watched: at least ${LEAST} of not watched, best of best`,
      isReached: best >= LEAST,
      figure: best.toFixed(3),
    });
  }
  const [on, off] = [true, false].map((isWatched) => timeMarks(isWatched, isQuick ? 1 : 4).toFixed(0));
  console.log(`## What it costs to know who blocked the event loop

${table(HEAD, rows)}

The four marks of one job, begun, called, returned and ended: ${on} ns; ${off} ns while nobody watches.
`);
  return verdicts;
}
