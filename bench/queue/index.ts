import { findRedisBinary, startRedisServer } from '../../test/support/redis-server.js';
import { progress } from '../support/progress.js';
import { formatVerdicts, type Verdict } from '../support/verdict.js';
import { cells, JOB_KINDS } from './cells.js';
import { race } from './measure.js';
import { formatQueueTable, judgeQueues } from './report.js';
import type { CellResult } from './setup.js';

/** Plain BullMQ, what gives the loop turns, and Headroom, on a Redis of their own. Prints the tables. */
export async function benchQueues(isQuick: boolean): Promise<Verdict[]> {
  const binary = findRedisBinary();
  if (!binary) throw new Error('no redis-server or valkey-server on PATH: install one to measure queues');
  const redis = await startRedisServer(binary);
  const all: CellResult[] = [];
  for (const cell of cells(isQuick)) {
    const result = await race(cell, redis.port);
    all.push(result);
    progress(formatVerdicts(judgeQueues([result])));
  }
  await redis.stop();
  console.log(`## Jobs per second, and latency of an HTTP probe meanwhile

Medians (smallest-largest). All contestants are up and take turns, lap by lap; \`of plain\` compares lap by lap, and the
range holds the middle half of the laps. \`naive\`: \`await new Promise(setImmediate)\` at the
start of each job; \`least gate\`: twenty lines that start one job per turn, and nothing else.

${JOB_KINDS.map((kind) => formatQueueTable(kind, all)).join('\n\n')}
`);
  return judgeQueues(all);
}
