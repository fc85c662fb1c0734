import { contest } from '../support/contest.js';
import type { Verdict } from '../support/verdict.js';
import { HITS, LOOPS, type Run, WAITERS } from './contestants.js';
import { formatLoopTable, judgeLoops } from './report.js';

const ROUNDS = 5;

/** What giving the event loop its turns costs where there is nothing to wait for. Prints the tables. */
export async function benchLoops(isQuick: boolean): Promise<Verdict[]> {
  const run = async <Name extends string>(title: string, runs: Record<Name, Run>, count: number) => {
    const names = Object.keys(runs) as Name[];
    for (const name of names) await runs[name](count);
    return contest(title, names, isQuick ? 1 : ROUNDS, async (name) => nanosEach(runs[name], count));
  };
  const loops = await run('items of a loop', LOOPS, isQuick ? 100_000 : 5_000_000);
  const hits = await run('values that are there', HITS, isQuick ? 20_000 : 1_000_000);
  const waiters = await run('callers that wait', WAITERS, isQuick ? 6_000 : 300_000);
  console.log(`## Turns of the event loop, in nanoseconds of CPU time

Nothing here takes long enough to wait for a turn: this is what is paid for the possibility. Median of the rounds
(smallest-largest).

${formatLoopTable('an item of a loop', loops)}

${formatLoopTable('a value that is there', hits)}

${formatLoopTable('a caller of sixty that wait', waiters)}
`);
  return judgeLoops(loops, hits);
}

/** CPU time, the collector's included: other processes move it least. */
async function nanosEach(run: Run, count: number): Promise<number> {
  const before = process.cpuUsage();
  await run(count);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1000) / count;
}
