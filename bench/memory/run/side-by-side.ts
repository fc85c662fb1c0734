import { progress } from '../../support/progress.js';

export type Rounds<Round> = ReadonlyMap<string, readonly Round[]>;

/** What a scene brings: who takes part, how one of them runs, and who is the best of the fixed settings. */
export interface Scene<Round> {
  readonly title: string;
  readonly contestants: readonly string[];
  readonly rounds: number;
  run(contestant: string): Promise<Round>;
  describe(round: Round): string;
  /** Has all rounds too. */
  readonly reference?: string;
  bestFixed(results: Rounds<Round>): string | undefined;
}

/**
 * Everyone once. Then Headroom and the best fixed setting take turns until each has all its rounds; who is best
 * is asked again after each, since a setting that survived once may be killed the next time.
 */
export async function sideBySide<Round>(scene: Scene<Round>): Promise<Rounds<Round>> {
  const { contestants, title, rounds } = scene;
  const results = new Map(contestants.map((each) => [each, [] as Round[]]));
  const runOnce = async (contestant: string): Promise<void> => {
    const round = await scene.run(contestant);
    results.get(contestant)!.push(round);
    progress(`${title}: ${contestant}: ${scene.describe(round)}`);
  };
  for (const contestant of contestants) await runOnce(contestant);
  for (;;) {
    const finalists = [scene.bestFixed(results), scene.reference, 'headroom'].filter(
      (each) => each !== undefined,
    );
    const pending = finalists.filter((each) => (results.get(each)?.length ?? rounds) < rounds);
    if (pending.length === 0) return results;
    for (const contestant of pending) await runOnce(contestant);
  }
}
