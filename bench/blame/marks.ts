import { NamedRun } from '../../libs/headroom/src/vitals/work-observer.js';
import { LoopWork } from '../../libs/headroom/src/vitals/stalls/loop-work.js';

const PIECES = 1_000_000;

/** Nanoseconds per piece of work for all four marks: begun, called, returned, ended. The best of some rounds. */
export function timeMarks(isWatched: boolean, rounds: number): number {
  const loop = new LoopWork();
  loop.isWatched = isWatched;
  return Math.min(...Array.from({ length: rounds + 1 }, () => timeRound(loop)));
}

function timeRound(loop: LoopWork): number {
  const startedAt = performance.now();
  for (let piece = 0; piece < PIECES; piece++) {
    const work = new NamedRun('job', 'queue:job#1');
    loop.begin(work);
    loop.leave(loop.enter(work));
    loop.end(work);
  }
  return ((performance.now() - startedAt) * 1e6) / PIECES;
}
