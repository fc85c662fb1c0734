import { rounded } from '../maths/rounded.js';
import { seededRandom, seedOf } from '../maths/seeded-random.js';
import {
  dailyReturns,
  maxDrawdown,
  momentum,
  movingAverage,
  relativeStrength,
  volatility,
} from '../maths/series.js';
import { valueAtRisk } from '../maths/value-at-risk.js';
import type { PriceSeries } from '../prices/price-series.js';

export interface Indicators {
  readonly ticker: string;
  readonly market: string;
  readonly asOf: string;
  readonly close: number;
  readonly movingAverage20: number;
  readonly movingAverage50: number;
  readonly momentum60: number;
  readonly relativeStrength14: number;
  readonly volatility20: number;
  readonly maxDrawdown: number;
  /** The loss that ten days exceed with a chance of 5 %. */
  readonly valueAtRisk: number;
}

const PATHS = 5_000;

export function computeIndicators({ ticker, market, dates, close }: PriceSeries): Indicators {
  const risk = { horizon: 10, confidence: 0.95, paths: PATHS, random: seededRandom(seedOf(ticker)) };
  return {
    ticker,
    market,
    asOf: dates.at(-1) ?? '',
    close: last(close),
    movingAverage20: rounded(movingAverage(close, 20)),
    movingAverage50: rounded(movingAverage(close, 50)),
    momentum60: rounded(last(momentum(close, 60))),
    relativeStrength14: rounded(last(relativeStrength(close, 14))),
    volatility20: rounded(last(volatility(close, 20))),
    maxDrawdown: rounded(maxDrawdown(close)),
    valueAtRisk: rounded(valueAtRisk(dailyReturns(close), risk)),
  };
}

function last(values: Float64Array): number {
  return values.at(-1) ?? NaN;
}
