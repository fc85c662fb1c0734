import { seededRandom, type SeededRandom } from '../maths/seeded-random.js';
import { tickersOf, type Market } from './markets.js';

export const PRICE_COLUMNS = ['ticker', 'market', 'date', 'open', 'high', 'low', 'close', 'volume'] as const;

export interface GeneratePricesOptions {
  readonly markets: readonly Market[];
  readonly days: number;
  readonly seed: number;
}

const FIRST_DAY = Date.UTC(2025, 0, 2);
const DAY_MS = 86_400_000;
const SECTORS = 8;

/** Yields the CSV: its header, then all rows of one ticker at a time. The same seed gives the same bytes. */
export function* generatePrices({ markets, days, seed }: GeneratePricesOptions): Generator<string> {
  yield `${PRICE_COLUMNS.join(',')}\n`;

  const random = seededRandom(seed);
  const dates = tradingDays(days);
  for (const market of markets) {
    const sectors = Array.from({ length: SECTORS }, () => sectorMoves(random, days));
    for (const [index, ticker] of tickersOf(market).entries()) {
      const sector = sectors[index % SECTORS] ?? new Float64Array(days);
      yield tickerRows({ ticker, market: market.code, dates, sector, random });
    }
  }
}

/** What all tickers of a sector share, day by day; without it no two of them would correlate. */
function sectorMoves(random: SeededRandom, days: number): Float64Array {
  return Float64Array.from({ length: days }, () => 0.0003 + 0.009 * random.normal());
}

interface TickerRowsInput {
  readonly ticker: string;
  readonly market: string;
  readonly dates: readonly string[];
  readonly sector: Float64Array;
  readonly random: SeededRandom;
}

function tickerRows({ ticker, market, dates, sector, random }: TickerRowsInput): string {
  const beta = 0.4 + 1.2 * random.uniform();
  const noise = 0.006 + 0.02 * random.uniform();
  const usualVolume = 10 ** (4 + 3 * random.uniform());
  let close = 5 + 250 * random.uniform();
  let rows = '';

  for (const [day, date] of dates.entries()) {
    const open = close * (1 + 0.002 * random.normal());
    close = Math.max(0.5, open * (1 + beta * (sector[day] ?? 0) + noise * random.normal()));
    const high = Math.max(open, close) * (1 + 0.004 * random.uniform());
    const low = Math.min(open, close) * (1 - 0.004 * random.uniform());
    const volume = Math.round(usualVolume * Math.exp(0.4 * random.normal()));
    rows += `${ticker},${market},${date},${money(open)},${money(high)},${money(low)},${money(close)},${volume}\n`;
  }
  return rows;
}

function money(amount: number): string {
  return amount.toFixed(2);
}

function tradingDays(count: number): string[] {
  const days: string[] = [];
  for (let time = FIRST_DAY; days.length < count; time += DAY_MS) {
    const day = new Date(time);
    const isWeekend = day.getUTCDay() === 0 || day.getUTCDay() === 6;
    if (!isWeekend) days.push(day.toISOString().slice(0, 10));
  }
  return days;
}
