import { findRedisBinary, startRedisServer } from '../../test/support/redis-server.js';
import { contest } from '../support/contest.js';
import { emptyQueues } from '../support/empty-queues.js';
import type { Verdict } from '../support/verdict.js';
import { cells, TASK_MS, tasksOf } from './cells.js';
import { CONTESTANTS } from './contestants.js';
import { measure } from './measure.js';
import { type CellResult, formatRuns, formatStarts, judgeIsolation } from './report.js';

/** Tasks in processes and threads of their own, on a Redis of their own where they are jobs. Prints the tables. */
export async function benchIsolation(isQuick: boolean): Promise<Verdict[]> {
  const binary = findRedisBinary();
  if (!binary) throw new Error('no redis-server or valkey-server on PATH: install one to measure jobs');
  const redis = await startRedisServer(binary);
  const all: CellResult[] = [];
  for (const cell of cells(isQuick)) {
    const { concurrency, rounds } = cell;
    const results = await contest(`${concurrency} at once`, CONTESTANTS, rounds, async (contestant) => {
      await emptyQueues(redis.port);
      const tasks = tasksOf(contestant, cell);
      return measure({ contestant, concurrency, tasks, redisPort: redis.port });
    });
    all.push({ cell, results });
  }
  await redis.stop();
  console.log(`## Tasks in a process or thread of their own

Median of the rounds (smallest-largest). \`first\`, \`next\`: from the order to the result of an empty task; the first one
starts the process or thread. \`RSS\`: of each child that waits for work, and \`own\` what of it no other process shares; of a
thread what it adds to the app.

${formatStarts(all[0]!)}

Tasks of ${TASK_MS} ms by the clock, all ordered at once. \`loop\`: how late the app's own event loop was meanwhile; \`idle\`: with
nothing to do, just before, which is the noise of the machine.

${formatRuns(all)}
`);
  return judgeIsolation(all);
}
