import type { Verdict } from '../../support/verdict.js';
import type { MemoryKind } from '../app/setup.js';
import { LIMIT_MB } from '../limit.js';
import { chosen, type SceneRequest } from '../run/request.js';
import { sideBySide } from '../run/side-by-side.js';
import { concurrencyOf, contestants } from './contestants.js';
import { JOB_MB, JOB_MS } from './job.js';
import { measure } from './measure.js';
import { bestFixed, describeRound, formatJobsTable, judgeJobs } from './report.js';

const COUNT = 40;

const HELD_AS: Readonly<Record<MemoryKind, string>> = {
  buffers: 'one Buffer each',
  chunks: 'Buffers of 1 MB',
  objects: 'objects in the heap',
};

/** Jobs that would together hold more than there is. Prints the table. */
export async function benchJobs(
  kind: MemoryKind,
  redisPort: number,
  request: SceneRequest,
): Promise<Verdict[]> {
  const title = `${COUNT} jobs of ${JOB_MB} MB, ${HELD_AS[kind]}`;
  const results = await sideBySide({
    title,
    contestants: chosen(contestants(request.isQuick), request),
    rounds: request.rounds,
    run: (contestant) =>
      measure(
        {
          redisPort,
          count: COUNT,
          concurrency: concurrencyOf(contestant),
          kind,
          megabytes: JOB_MB,
          holdMs: JOB_MS,
        },
        contestant === 'headroom',
        request.isLogged,
      ),
    describe: describeRound,
    bestFixed,
  });
  console.log(`### ${title}, ${LIMIT_MB} MB for the process

Each job holds its memory for ${JOB_MS} ms. \`bare\` and \`headroom\` run up to ${concurrencyOf('bare')} at once, \`fixed-n\` n, set by hand. Median
of the rounds (smallest-largest) for the time, the worst round for the rest.

${formatJobsTable(results)}
`);
  return judgeJobs(title, COUNT, results);
}
