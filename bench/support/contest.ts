import { progress } from './progress.js';

/** What every contestant brought in, one entry per round, in the same order for all. */
export type Results<Contestant extends string, Round> = Readonly<Record<Contestant, readonly Round[]>>;

/**
 * Lets all contestants run once per round, so that a slow minute of the machine hits all of them. The order
 * turns by one with every round, so that nobody always comes after the same other.
 */
export async function contest<Contestant extends string, Round>(
  title: string,
  contestants: readonly Contestant[],
  rounds: number,
  run: (contestant: Contestant) => Promise<Round>,
): Promise<Results<Contestant, Round>> {
  const results = Object.fromEntries(contestants.map((each) => [each, [] as Round[]])) as Record<
    Contestant,
    Round[]
  >;
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contestants.length; turn++) {
      const contestant = contestants[(round + turn) % contestants.length]!;
      progress(`${title}, round ${round + 1} of ${rounds}: ${contestant}`);
      results[contestant].push(await run(contestant));
    }
  }
  return results;
}
