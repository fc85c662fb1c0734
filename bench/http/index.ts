import { contest } from '../support/contest.js';
import type { Verdict } from '../support/verdict.js';
import { CONTESTANTS_ON, type Platform } from './contestants.js';
import { measure } from './measure.js';
import { formatHttpTable, judgeHttp, type PlatformResult } from './report.js';

const PLATFORMS: readonly Platform[] = ['express', 'fastify'];

/** Bare Nest, Headroom, and the platform's own protection. Prints the table. */
export async function benchHttp(isQuick: boolean): Promise<Verdict[]> {
  const all: PlatformResult[] = [];
  for (const platform of PLATFORMS) {
    const results = await contest(
      `/ping on ${platform}`,
      CONTESTANTS_ON[platform],
      isQuick ? 1 : 4,
      (contestant) => measure({ platform, contestant }, isQuick),
    );
    all.push({ platform, results });
  }
  console.log(`## Requests per second to /ping

50 connections; nobody refuses a request. Median of the rounds (smallest-largest), compared as above. \`bare-again\`
is a second series of bare Nest: how far it is from the first is the noise.

${formatHttpTable(all)}
`);
  return judgeHttp(all);
}
