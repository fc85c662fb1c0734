import { memoryCgroupOrSkip } from '../../test/support/memory-cgroup.js';
import { findRedisBinary, startRedisServer } from '../../test/support/redis-server.js';
import type { Verdict } from '../support/verdict.js';
import { LIMIT_MB } from './limit.js';
import { removeAllCgroups } from './run/limited-app.js';
import type { SceneRequest } from './run/request.js';
import { SCENES, type SceneName } from './scenes.js';

/** Memory that the kernel really takes away: each contestant in a cgroup of its own. Prints the tables. */
export async function benchMemory(names: readonly SceneName[], request: SceneRequest): Promise<Verdict[]> {
  const heading = `## A real limit of ${LIMIT_MB} MB, without swap`;
  const reason = memoryCgroupOrSkip();
  if (reason !== undefined) {
    console.log(`${heading}\n\nSkipped: no memory cgroup can be made here (${reason}).\n`);
    return [];
  }
  const binary = findRedisBinary();
  if (!binary) throw new Error('no redis-server or valkey-server on PATH: install one to measure queues');
  console.log(`${heading}\n`);
  const redis = await startRedisServer(binary);
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    const verdicts: Verdict[] = [];
    for (const name of names) verdicts.push(...(await SCENES[name](redis.port, request)));
    return verdicts;
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
    await removeAllCgroups();
    await redis.stop();
  }
}

function interrupted(): void {
  void removeAllCgroups().finally(() => process.exit(130));
}
