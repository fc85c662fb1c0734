/** Daily prices of one ticker, oldest first. Typed arrays: a third of the memory that row objects take. */
export interface PriceSeries {
  readonly ticker: string;
  readonly market: string;
  readonly dates: readonly string[];
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
}
