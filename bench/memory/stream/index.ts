import type { Verdict } from '../../support/verdict.js';
import { LIMIT_MB, MB } from '../limit.js';
import { PINGS_PER_SECOND } from '../load/pings.js';
import { chosen, type SceneRequest } from '../run/request.js';
import { sideBySide } from '../run/side-by-side.js';
import { createBigFile } from './big-file.js';
import { measure, type StreamRound } from './measure.js';
import { describeRound, formatStreamTable, judgeStream } from './report.js';

const FILE_MB = 1024;
const LIGHT_JOB = { kind: 'buffers', megabytes: 1, holdMs: 100, concurrency: 2, count: 2000 } as const;

/** A file that fills the cgroup with page cache, which is no pressure. Prints the table. */
export async function benchStream(redisPort: number, request: SceneRequest): Promise<Verdict[]> {
  const title = `a file of ${FILE_MB} MB is streamed`;
  const megabytesPerSecond = request.isQuick ? 300 : 100;
  const path = await createBigFile(FILE_MB * MB);
  const results = await sideBySide<StreamRound>({
    title,
    contestants: chosen(['bare', 'headroom'], request),
    rounds: request.rounds,
    run: (contestant) =>
      measure(
        path,
        megabytesPerSecond * MB,
        { ...LIGHT_JOB, redisPort },
        contestant === 'headroom',
        request.isLogged,
      ),
    describe: describeRound,
    bestFixed: () => 'bare',
  });
  console.log(`### ${title}, ${LIMIT_MB} MB for the process

To a client that reads ${megabytesPerSecond} MB a second, beside jobs of ${LIGHT_JOB.megabytes} MB for ${LIGHT_JOB.holdMs} ms, ${LIGHT_JOB.concurrency} at once, and ${PINGS_PER_SECOND} pings a second. The
file is not in the page cache before: reading it fills the cgroup to its limit, with pages that the kernel
can drop at any time. Median of the rounds (smallest-largest), counts of the worst round.

${formatStreamTable(results)}
`);
  return judgeStream(title, FILE_MB, results);
}
