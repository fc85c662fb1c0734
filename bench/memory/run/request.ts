/** What the command line asks of the scenes. */
export interface SceneRequest {
  readonly isQuick: boolean;
  /** These contestants only; all when empty. */
  readonly only: readonly string[];
  /** Of Headroom and of the best fixed setting; the others run once. */
  readonly rounds: number;
  /** The apps' logs go to stderr. */
  readonly isLogged: boolean;
}

export function chosen<Contestant extends string>(
  contestants: readonly Contestant[],
  { only }: SceneRequest,
): readonly Contestant[] {
  if (only.length === 0) return contestants;
  return contestants.filter((each) => only.includes(each));
}
