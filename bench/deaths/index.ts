import { memoryCgroupOrSkip } from '../../test/support/memory-cgroup.js';
import { findRedisBinary, startRedisServer } from '../../test/support/redis-server.js';
import { progress } from '../support/progress.js';
import type { Verdict } from '../support/verdict.js';
import { type Contestant, CONTESTANTS } from './contestants.js';
import { type Death, DEATHS } from './deaths.js';
import { measure, type Outcome } from './measure.js';
import { type DeathResult, formatDeaths, judgeDeaths } from './report.js';

/** What a job says whose process dies, and whether it hangs. Prints the table. */
export async function benchDeaths(): Promise<Verdict[]> {
  const binary = findRedisBinary();
  if (!binary) throw new Error('no redis-server or valkey-server on PATH: install one to run jobs');
  const reason = memoryCgroupOrSkip();
  const redis = await startRedisServer(binary);
  const all: DeathResult[] = [];
  for (const [index, death] of DEATHS.entries()) {
    if (death.limitMb !== undefined && reason !== undefined) continue;
    progress(death.title);
    all.push({ death, outcomes: await sideBySide(death, index, redis.port) });
  }
  await redis.stop();
  console.log(`## What a job says when its process dies

Each in an app of its own. Time from the order to the end of the job; what has not ended after 8 s **hangs**.
${reason === undefined ? '' : `\nSkipped: no memory cgroup can be made here (${reason}).\n`}
${formatDeaths(all)}
`);
  return judgeDeaths(all);
}

async function sideBySide(
  death: Death,
  index: number,
  redisPort: number,
): Promise<Readonly<Record<Contestant, Outcome>>> {
  const outcomes = await Promise.all(
    CONTESTANTS.map(async (contestant) => {
      const queue = `death-${index}-${contestant}`;
      return [contestant, await measure({ contestant, death, redisPort, queue })] as const;
    }),
  );
  return Object.fromEntries(outcomes) as Record<Contestant, Outcome>;
}
