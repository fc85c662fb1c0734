/**
 * Lets all entrants do a lap in turn, as often as there are laps: a slow second of the machine hits two neighbours at
 * most, where one run after the other would compare a slow minute with a fast one. The order turns by one with every
 * lap, so that nobody always comes after the same other.
 */
export async function lapsInTurn<Entrant>(
  entrants: readonly Entrant[],
  laps: number,
  runLap: (entrant: Entrant, lap: number) => Promise<void>,
): Promise<void> {
  for (let lap = 0; lap < laps; lap++) {
    for (let turn = 0; turn < entrants.length; turn++) {
      await runLap(entrants[(lap + turn) % entrants.length]!, lap);
    }
  }
}
