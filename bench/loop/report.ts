import type { Results } from '../support/contest.js';
import { table, withRange } from '../support/markdown.js';
import { spreadOf } from '../support/statistics.js';
import type { Verdict } from '../support/verdict.js';
import type { HITS, LOOPS } from './contestants.js';

const MOST_PER_ITEM = 50;
const MOST_PER_HIT = 1000;

export function formatLoopTable<Name extends string>(what: string, results: Results<Name, number>): string {
  const rows = Object.entries<readonly number[]>(results).map(([name, nanos]) => [
    name,
    withRange(spreadOf(nanos), 0),
  ]);
  return table([what, 'ns'], rows);
}

export function judgeLoops(
  loops: Results<keyof typeof LOOPS, number>,
  hits: Results<keyof typeof HITS, number>,
): Verdict[] {
  return [
    verdict(
      `forEachYielding() costs at most ${MOST_PER_ITEM} ns per item`,
      loops['forEachYielding()'],
      loops['for...of'],
      MOST_PER_ITEM,
    ),
    verdict(
      `a hit of SingleFlight costs at most ${MOST_PER_HIT} ns more than one of a Map`,
      hits['await singleFlight.run(), a hit'],
      hits['await map.get()'],
      MOST_PER_HIT,
    ),
  ];
}

function verdict(target: string, nanos: readonly number[], base: readonly number[], most: number): Verdict {
  const more = spreadOf(nanos.map((each, round) => each - base[round]!));
  return { target, isReached: more.median <= most, figure: `${withRange(more, 0)} ns` };
}
