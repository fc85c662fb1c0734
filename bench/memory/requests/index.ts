import type { Verdict } from '../../support/verdict.js';
import type { Platform } from '../app/setup.js';
import { WORK_MB, WORK_MS } from '../app/work.controller.js';
import { LIMIT_MB } from '../limit.js';
import { LOAD_TEXT } from '../load/load.js';
import { chosen, type SceneRequest } from '../run/request.js';
import { sideBySide } from '../run/side-by-side.js';
import { contestants, setupOf } from './contestants.js';
import { measure } from './measure.js';
import { bestFixed, describeRound, formatRequestsTable, judgeRequests } from './report.js';

/** Requests that would together hold more than there is. Prints the table. */
export async function benchRequests(platform: Platform, request: SceneRequest): Promise<Verdict[]> {
  const title = `requests of ${WORK_MB} MB on ${platform}`;
  const seconds = request.isQuick ? 5 : 15;
  const results = await sideBySide({
    title,
    contestants: chosen(contestants(platform, request.isQuick), request),
    rounds: request.rounds,
    run: (contestant) => measure(setupOf(platform, contestant), seconds, request.isLogged),
    describe: describeRound,
    bestFixed,
  });
  console.log(`### ${title}, ${LIMIT_MB} MB for the process

Each request holds its memory for ${WORK_MS} ms. ${seconds} s of ${LOAD_TEXT}.
\`fixed-n\`: n requests at once, the others wait in line, set by hand. \`good/s\` counts over the whole time, also
for who did not live that long; a clean 503 is JSON with \`Retry-After\`. Median of the rounds (smallest-largest),
counts of the worst round.

${formatRequestsTable(results)}
`);
  return judgeRequests(title, results);
}
