import type { Results } from '../support/contest.js';
import { table, withRange } from '../support/markdown.js';
import { ratios, type Spread, spreadOf } from '../support/statistics.js';
import type { Verdict } from '../support/verdict.js';
import type { Cell } from './cells.js';
import { type Contestant, CONTESTANTS } from './contestants.js';
import type { Output } from './setup.js';

export interface CellResult {
  readonly cell: Cell;
  readonly results: Results<Contestant, Output>;
}

const START_HEAD = ['contestant', 'first ms', 'next ms', 'RSS MB', 'own MB'];
const RUN_HEAD = ['at once', 'contestant', 'tasks/s', 'loop p99 ms', 'loop max ms', 'idle p99 ms'];
const OURS: readonly Contestant[] = ['headroom-jobs', 'headroom-warm', 'headroom-cold'];
const MOST_DELAY_MS = 50;
const LEAST_THROUGHPUT = 0.95;

/** Where one task runs at a time: nothing else is in the way of its start. */
export function formatStarts({ results }: CellResult): string {
  const rows = CONTESTANTS.map((contestant) => [
    contestant,
    withRange(of(results, contestant, 'firstMs'), 0),
    withRange(of(results, contestant, 'nextMs'), 1),
    orNothing(of(results, contestant, 'rssMb')),
    orNothing(of(results, contestant, 'ownMb')),
  ]);
  return table(START_HEAD, rows);
}

export function formatRuns(all: readonly CellResult[]): string {
  const rows = all.flatMap(({ cell, results }) =>
    CONTESTANTS.map((contestant) => [
      `${cell.concurrency}`,
      contestant,
      withRange(of(results, contestant, 'tasksPerSecond'), 1),
      withRange(of(results, contestant, 'loopP99Ms'), 1),
      withRange(of(results, contestant, 'loopMaxMs'), 0),
      of(results, contestant, 'idleP99Ms').median.toFixed(1),
    ]),
  );
  return table(RUN_HEAD, rows);
}

export function judgeIsolation(all: readonly CellResult[]): Verdict[] {
  return all.flatMap((each) => [...judgeLoop(each), judgeThroughput(each)]);
}

function judgeLoop({ cell, results }: CellResult): Verdict[] {
  return OURS.map((contestant) => {
    const p99 = of(results, contestant, 'loopP99Ms');
    return {
      target: `${contestant}, ${cell.concurrency} at once: p99 of the app's loop under ${MOST_DELAY_MS} ms`,
      isReached: p99.median < MOST_DELAY_MS,
      figure: `${withRange(p99, 1)} ms`,
    };
  });
}

/** Jobs against jobs: both in warm processes, over the same Redis. */
function judgeThroughput({ cell, results }: CellResult): Verdict {
  const perSecond = (each: Contestant): number[] => results[each].map((round) => round.tasksPerSecond);
  const ofBullMq = ratios(perSecond('headroom-jobs'), perSecond('bullmq-fork'));
  return {
    target: `headroom-jobs, ${cell.concurrency} at once: throughput at least ${LEAST_THROUGHPUT} of bullmq-fork`,
    isReached: ofBullMq.median >= LEAST_THROUGHPUT,
    figure: withRange(ofBullMq, 3),
  };
}

function of(results: CellResult['results'], contestant: Contestant, key: keyof Output): Spread {
  return spreadOf(results[contestant].map((round) => round[key]));
}

function orNothing(spread: Spread): string {
  return Number.isNaN(spread.median) ? '-' : spread.median.toFixed(0);
}
