import type { Platform } from '../http/contestants.js';
import { table } from '../support/markdown.js';
import { progress } from '../support/progress.js';
import { quantile, spreadOf } from '../support/statistics.js';
import type { Verdict } from '../support/verdict.js';
import { timeMarks } from './marks.js';
import { compareRequests } from './requests.js';

const PLATFORMS: readonly Platform[] = ['express', 'fastify'];
const HEAD = ['platform', 'CPU us, watched', 'not watched', 'more', 'median, watched', 'not watched'];
/** Two series of the same app differ by as much. */
const MOST = 1.05;

/** What it costs to know who blocks the event loop: `eventLoop.stallMs` at its default, and `false`. */
export async function benchBlame(isQuick: boolean): Promise<Verdict[]> {
  const rows: string[][] = [];
  const verdicts: Verdict[] = [];
  for (const platform of PLATFORMS) {
    progress(`stalls watched and not, on ${platform}`);
    const { watched, notWatched } = await compareRequests(platform, isQuick ? 20 : 60);
    const [on, off] = [fastOf(watched), fastOf(notWatched)];
    const medians = [watched, notWatched].map((values) => spreadOf(values).median.toFixed(1));
    rows.push([platform, on.toFixed(1), off.toFixed(1), (on - off).toFixed(1), ...medians]);
    verdicts.push({
      target: `/ping on ${platform}: at most ${MOST} of the CPU while stalls are watched`,
      isReached: on <= off * MOST,
      figure: (on / off).toFixed(3),
    });
  }
  const [on, off] = [true, false].map((isWatched) => timeMarks(isWatched, isQuick ? 1 : 4).toFixed(0));
  console.log(`## What it costs to know who blocked the event loop

CPU time per request to \`/ping\`, that of the client in the same process included: the fastest tenth of the rounds,
since other processes make a round slower and none makes it faster, and the median.

${table(HEAD, rows)}

The four marks of one job, begun, called, returned and ended: ${on} ns; ${off} ns while nobody watches.
`);
  return verdicts;
}

function fastOf(values: readonly number[]): number {
  return quantile(
    values.toSorted((a, b) => a - b),
    0.1,
  );
}
