/**
 * A sandboxed processor that dies by DEATH while it is imported, or in its job when that is called like a death. It appends
 * the ids of its processes to the file PIDS; with LIVES_AFTER, it dies as long as there are not so many.
 */
import { appendFileSync, readFileSync } from 'node:fs';

const { DEATH, PIDS, LIVES_AFTER = 'Infinity' } = process.env;

const deaths = {
  exit: () => process.exit(1),
  quietly: () => process.exit(0),
  kill: () => process.kill(process.pid, 'SIGKILL'),
  abort: () => process.abort(),
  // While the import still waits: nobody catches it.
  throw: () => {
    setTimeout(() => {
      throw new Error('no such table');
    });
  },
};

if (PIDS) {
  appendFileSync(PIDS, `${process.pid}\n`);
  if (readFileSync(PIDS, 'utf8').trim().split('\n').length <= Number(LIVES_AFTER)) {
    deaths[DEATH]();
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  }
}

export default async function run(job) {
  if (job.name === 'heap') {
    for (const kept = []; ;) kept.push({ row: Array.from({ length: 100 }, Math.random) });
  }
  if (job.name === 'say-and-exit') {
    process.stderr.write(`cannot reach redis://app:hunter22@db\ntoken ${process.env.SERVICE_TOKEN}\n`);
    process.exit(3);
  }
  if (job.name === 'kill' || job.name === 'hang') {
    if (job.name === 'kill') process.kill(process.pid, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  }
  if (job.name === 'disconnect') {
    process.disconnect();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    process.exit(3);
  }
  return 'alive';
}
