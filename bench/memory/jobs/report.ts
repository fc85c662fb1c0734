import { table, withRange } from '../../support/markdown.js';
import { spreadOf } from '../../support/statistics.js';
import type { Verdict } from '../../support/verdict.js';
import { endings, hasFixed, isUnharmed, survives, worst } from '../run/report.js';
import type { Rounds } from '../run/side-by-side.js';
import type { JobsRound } from './measure.js';

const HEAD = ['contestant', 'rounds', 'end', 'done once', 'twice', 'not', 's', 'of best fixed', 'peak MB'];
const MOST_TIME = 1.25;

export function describeRound({ fate, doneOnce, seconds, peakMb }: JobsRound): string {
  return `${fate}, ${doneOnce} jobs done once, ${seconds?.toFixed(1) ?? '-'} s, peak ${peakMb.toFixed(0)} MB`;
}

/** The fastest of those that did every job exactly once, in all their rounds. */
export function bestFixed(results: Rounds<JobsRound>): string | undefined {
  const able = [...results.keys()].filter(
    (each) => each.startsWith('fixed-') && medianSeconds(results.get(each)!) !== undefined,
  );
  return able.toSorted((a, b) => medianSeconds(results.get(a)!)! - medianSeconds(results.get(b)!)!)[0];
}

export function formatJobsTable(results: Rounds<JobsRound>): string {
  const best = bestFixed(results);
  const rows = [...results].map(([contestant, rounds]) => [
    contestant === best ? `${contestant} (best fixed)` : contestant,
    `${rounds.length}`,
    endings(rounds),
    worst(rounds, 'least', ({ doneOnce }) => doneOnce),
    worst(rounds, 'most', ({ doneTwice }) => doneTwice),
    worst(rounds, 'most', ({ notDone }) => notDone),
    isWhole(rounds) ? withRange(spreadOf(rounds.map(({ seconds }) => seconds!)), 1) : '-',
    ratio(rounds, results)?.toFixed(2) ?? '-',
    worst(rounds, 'most', ({ peakMb }) => Math.round(peakMb)),
  ]);
  return table(HEAD, rows);
}

export function judgeJobs(title: string, jobs: number, results: Rounds<JobsRound>): Verdict[] {
  const headroom = results.get('headroom');
  if (headroom === undefined) return [];
  return [
    survives(title, headroom),
    {
      target: `${title}: all ${jobs} jobs done exactly once`,
      isReached: headroom.every(({ doneOnce }) => doneOnce === jobs),
      figure: `${worst(headroom, 'least', ({ doneOnce }) => doneOnce)} in the worst round`,
    },
    ...(hasFixed(results) ? [judgeTime(title, headroom, results)] : []),
  ];
}

function judgeTime(title: string, headroom: readonly JobsRound[], results: Rounds<JobsRound>): Verdict {
  const time = ratio(headroom, results);
  return {
    target: `${title}: at most ${MOST_TIME} of the time of the best fixed concurrency`,
    isReached: time !== undefined && time <= MOST_TIME,
    figure: time === undefined ? 'no figure' : `${time.toFixed(2)} of ${bestFixed(results)}`,
  };
}

function isWhole(rounds: readonly JobsRound[]): boolean {
  return isUnharmed(rounds) && rounds.every(({ doneTwice, notDone }) => doneTwice + notDone === 0);
}

/** `undefined` when a round was not brought to its end as it should be. */
function medianSeconds(rounds: readonly JobsRound[]): number | undefined {
  if (rounds.length === 0 || !isWhole(rounds)) return undefined;
  return spreadOf(rounds.map(({ seconds }) => seconds!)).median;
}

function ratio(rounds: readonly JobsRound[], results: Rounds<JobsRound>): number | undefined {
  const best = bestFixed(results);
  const [own, base] = [medianSeconds(rounds), best && medianSeconds(results.get(best)!)];
  return own && base ? own / base : undefined;
}
