import type { Verdict } from '../../support/verdict.js';
import { WORK_MB, WORK_MS } from '../app/work.controller.js';
import { JOB_MB, JOB_MS } from '../jobs/job.js';
import { LIMIT_MB } from '../limit.js';
import { LOAD_TEXT } from '../load/load.js';
import { PINGS_PER_SECOND } from '../load/pings.js';
import { bestFixed } from '../requests/report.js';
import { chosen, type SceneRequest } from '../run/request.js';
import { sideBySide } from '../run/side-by-side.js';
import { contestants, setupOf, WITHOUT_JOBS } from './contestants.js';
import { type BothRound, measure } from './measure.js';
import { describeRound, formatBothTable, judgeBoth } from './report.js';

/** More than ten at once could do in the time. */
const JOBS = 400;

/** Jobs and requests that compete for the same memory. Prints the table. */
export async function benchBoth(redisPort: number, request: SceneRequest): Promise<Verdict[]> {
  const title = 'jobs and requests at once';
  const seconds = request.isQuick ? 5 : 15;
  const jobs = { redisPort, count: JOBS, kind: 'buffers', megabytes: JOB_MB, holdMs: JOB_MS } as const;
  const results = await sideBySide<BothRound>({
    title,
    contestants: chosen(contestants(request.isQuick), request),
    rounds: request.rounds,
    run: (contestant) => measure(setupOf(contestant, jobs), redisPort, JOBS, seconds, request.isLogged),
    describe: describeRound,
    bestFixed,
    reference: WITHOUT_JOBS,
  });
  console.log(`### ${title}, ${LIMIT_MB} MB for the process

Jobs of ${JOB_MB} MB for ${JOB_MS} ms and requests of ${WORK_MB} MB for ${WORK_MS} ms, on Express, for ${seconds} s, and ${PINGS_PER_SECOND} pings a second.
${LOAD_TEXT}.
\`bare\` and \`headroom\` run up to 10 jobs at once; \`fixed-j+r\`: j jobs and r requests at once, set by hand;
\`${WITHOUT_JOBS}\`: the same requests, without jobs.

${formatBothTable(results)}
`);
  return judgeBoth(title, results);
}
