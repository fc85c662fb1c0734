import type { Verdict } from '../support/verdict.js';
import type { Platform } from './contestants.js';
import { race } from './measure.js';
import { formatHttpTable, judgeHttp, type PlatformResult } from './report.js';

const PLATFORMS: readonly Platform[] = ['express', 'fastify'];

/** Bare Nest, Headroom, and the platform's own protection. Prints the table. */
export async function benchHttp(isQuick: boolean): Promise<Verdict[]> {
  const all: PlatformResult[] = [];
  for (const platform of PLATFORMS) {
    all.push({ platform, results: await race(platform, isQuick ? 1 : 10, isQuick ? 2 : 3) });
  }
  console.log(`## Requests per second to /ping

50 connections; nobody refuses a request. All contestants are up and take turns, second by second: medians, and between
which values half of the laps lie; \`of bare\` compares lap by lap. \`bare-again\` is a second process of bare Nest: how far
it is from the first is the noise. \`empty-guard\` is bare Nest with a global guard and a middleware that do nothing,
\`headroom-no-preset\` Headroom with \`http.presetPrototypes: false\`: what it takes, without what it gives in Node 20 and 22.
Each has collected its heap once before the first request, and has loaded BullMQ; servers are on one CPU, who asks on another.

${formatHttpTable(all)}
`);
  return judgeHttp(all);
}
