import type { Dimension } from './dimensions.js';
import type { Unit } from './unit.js';

/**
 * Growth between two readings belongs to those that still have something to take of what is set aside for them; what is
 * left over is everybody's whose code has begun to run, and mostly theirs of whose kind little is known.
 *
 * @returns what is nobody's
 */
export function shareGrowth(units: ReadonlySet<Unit>, d: Dimension, bytes: number): number {
  const expected = sumOf(units, (unit) => unit.expected(d));
  const toExpected = Math.min(bytes, expected);
  if (toExpected > 0) for (const unit of units) unit.take(d, (toExpected * unit.expected(d)) / expected);
  const rest = bytes - toExpected;
  if (rest <= 0) return 0;
  const doubts = sumOf(units, ({ doubt }) => doubt);
  if (doubts === 0) return rest;
  for (const unit of units) unit.take(d, (rest * unit.doubt) / doubts);
  return 0;
}

/** What is gone and was nobody's garbage was held by all. */
export function shareLoss(units: ReadonlySet<Unit>, d: Dimension, bytes: number): void {
  const total = sumOf(units, ({ held }) => held[d]!);
  if (total <= 0) return;
  const share = Math.max(0, 1 - bytes / total);
  for (const unit of units) unit.keep(d, share);
}

/** There is no garbage now, so what is above the floor is held by units that were to take it. */
export function creditHeld(units: ReadonlySet<Unit>, d: Dimension, bytes: number): void {
  const expected = sumOf(units, (unit) => unit.expected(d));
  if (bytes <= 0 || expected <= 0) return;
  const share = Math.min(1, bytes / expected);
  for (const unit of units) unit.credit(d, share * unit.expected(d));
}

export function sumOf(units: ReadonlySet<Unit>, of: (unit: Unit) => number): number {
  let sum = 0;
  for (const unit of units) sum += of(unit);
  return sum;
}
