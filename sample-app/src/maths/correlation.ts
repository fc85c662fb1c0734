import { at, mean } from './series.js';

/** Moves to mean 0 and length 1: the product of two such series is their correlation. */
export function standardised(values: Float64Array): Float64Array {
  const middle = mean(values);
  const centred = values.map((value) => value - middle);
  const length = Math.sqrt(correlation(centred, centred));
  return length === 0 ? centred : centred.map((value) => value / length);
}

/** Sum of the products: the correlation of two series that {@link standardised} returned, -1 to 1. */
export function correlation(left: Float64Array, right: Float64Array): number {
  let product = 0;
  for (let index = 0; index < left.length; index++) product += at(left, index) * at(right, index);
  return product;
}
