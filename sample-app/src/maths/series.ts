/** Trading days of a year, to express daily figures per year. */
const TRADING_DAYS = 252;

/** Mean of the last `window` values. */
export function movingAverage(values: Float64Array, window: number): number {
  return mean(values.subarray(values.length - window));
}

/** Relative change from each day to the next: one value less than there are prices. */
export function dailyReturns(prices: Float64Array): Float64Array {
  const returns = new Float64Array(Math.max(0, prices.length - 1));
  for (let day = 0; day < returns.length; day++) {
    returns[day] = at(prices, day + 1) / at(prices, day) - 1;
  }
  return returns;
}

/** Per day: the change over the last `span` days, as a share. `NaN` while there are fewer. */
export function momentum(prices: Float64Array, span: number): Float64Array {
  return prices.map((price, day) => (day < span ? NaN : price / at(prices, day - span) - 1));
}

/** Per day: the standard deviation of the last `window` daily returns, per year. `NaN` while there are fewer. */
export function volatility(prices: Float64Array, window: number): Float64Array {
  const returns = dailyReturns(prices);
  return prices.map((_, day) =>
    day < window ? NaN : standardDeviation(returns.subarray(day - window, day)) * Math.sqrt(TRADING_DAYS),
  );
}

/** Per day: Wilder's relative strength index, 0 to 100. `NaN` for the first `period` days. */
export function relativeStrength(prices: Float64Array, period: number): Float64Array {
  const strengths = new Float64Array(prices.length).fill(NaN);
  let gain = 0;
  let loss = 0;
  for (let day = 1; day < prices.length; day++) {
    const change = at(prices, day) - at(prices, day - 1);
    const weight = Math.min(day, period);
    gain += (Math.max(change, 0) - gain) / weight;
    loss += (Math.max(-change, 0) - loss) / weight;
    if (day >= period) strengths[day] = gain + loss === 0 ? 50 : (100 * gain) / (gain + loss);
  }
  return strengths;
}

/** The deepest fall from a peak, as a negative share. */
export function maxDrawdown(prices: Float64Array): number {
  let peak = -Infinity;
  let deepest = 0;
  for (const price of prices) {
    peak = Math.max(peak, price);
    deepest = Math.min(deepest, price / peak - 1);
  }
  return deepest;
}

export function mean(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

export function standardDeviation(values: Float64Array): number {
  const middle = mean(values);
  let squares = 0;
  for (const value of values) squares += (value - middle) ** 2;
  return Math.sqrt(squares / (values.length - 1));
}

/** For loops whose index is known to be inside. */
export function at(values: Float64Array, index: number): number {
  return values[index] ?? NaN;
}
