import { findRedisBinary, startRedisServer } from '../../test/support/redis-server.js';
import { contest } from '../support/contest.js';
import type { Verdict } from '../support/verdict.js';
import { cells, JOB_KINDS } from './cells.js';
import { CONTESTANTS } from './contestants.js';
import { probeLatency, race, titleOf } from './measure.js';
import { type CellResult, formatQueueTable, judgeQueues } from './report.js';

/** Plain BullMQ, what gives the loop turns, and Headroom, on a Redis of their own. Prints the tables. */
export async function benchQueues(isQuick: boolean): Promise<Verdict[]> {
  const binary = findRedisBinary();
  if (!binary) throw new Error('no redis-server or valkey-server on PATH: install one to measure queues');
  const redis = await startRedisServer(binary);
  const all: CellResult[] = [];
  for (const cell of cells(isQuick)) {
    const laps = await race(cell, redis.port);
    const latencies = await contest(
      `${titleOf(cell)}, probe`,
      CONTESTANTS,
      cell.kind === '20 ms' ? cell.rounds : 1,
      (contestant) => probeLatency({ contestant, cell, redisPort: redis.port }),
    );
    all.push({ cell, laps, latencies });
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
