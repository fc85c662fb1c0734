/** Random numbers that are the same on every run. */
export interface SeededRandom {
  /** Evenly spread over 0 (included) to 1 (excluded). */
  uniform(): number;
  /** Normally spread: mean 0, standard deviation 1. */
  normal(): number;
}

/** Mulberry32: 32 bits of state, good enough to draw prices and samples. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;

  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };

  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());

  return { uniform, normal };
}

/** FNV-1a: a seed of its own for every name. */
export function seedOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index++) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
