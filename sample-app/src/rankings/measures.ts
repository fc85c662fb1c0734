import { momentum, relativeStrength, volatility } from '../maths/series.js';

export const MEASURE_NAMES = ['momentum', 'volatility', 'strength'] as const;
export type Measure = (typeof MEASURE_NAMES)[number];

/** What tickers are ranked by: per day of the series, the highest value first. */
export const MEASURES: Readonly<Record<Measure, (close: Float64Array) => Float64Array>> = {
  momentum: (close: Float64Array) => momentum(close, 60),
  volatility: (close: Float64Array) => volatility(close, 20),
  strength: (close: Float64Array) => relativeStrength(close, 14),
};
