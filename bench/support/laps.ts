/**
 * Lets all entrants do a lap in turn, as often as there are laps: a slow second of the machine hits two neighbours at
 * most, where one run after the other would compare a slow minute with a fast one. The order turns by one with every
 * lap, and every other lap goes the other way round, so that nobody always comes after the same other.
 */
export async function lapsInTurn<Entrant>(
  entrants: readonly Entrant[],
  laps: number,
  runLap: (entrant: Entrant, lap: number) => Promise<void>,
): Promise<void> {
  for (let lap = 0; lap < laps; lap++) {
    const order = rotated(entrants, lap);
    for (const entrant of lap % 2 === 0 ? order : order.toReversed()) await runLap(entrant, lap);
  }
}

/** The same, begun with another one. */
export function rotated<Entrant>(entrants: readonly Entrant[], by: number): Entrant[] {
  const first = by % entrants.length;
  return [...entrants.slice(first), ...entrants.slice(0, first)];
}
