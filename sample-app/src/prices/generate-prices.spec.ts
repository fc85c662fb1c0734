import { describe, expect, it } from 'vitest';
import { generatePrices, PRICE_COLUMNS } from './generate-prices.js';
import { MARKETS, tickersOf } from './markets.js';
import { PriceBookBuilder } from './price-book.builder.js';

const options = {
  markets: [{ code: 'XTST', name: 'Test', suffix: 'X', listings: 3 }],
  days: 5,
  seed: 1,
};

const rowsOf = (csv: string): string[][] =>
  csv
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));

describe('generatePrices', () => {
  const csv = [...generatePrices(options)].join('');
  const [header, ...rows] = rowsOf(csv);

  it('writes a header and a row per ticker and day', () => {
    expect(header).toEqual([...PRICE_COLUMNS]);
    expect(rows).toHaveLength(15);
  });

  it('gives the same bytes for the same seed, others for another', () => {
    expect([...generatePrices(options)].join('')).toBe(csv);
    expect([...generatePrices({ ...options, seed: 2 })].join('')).not.toBe(csv);
  });

  it('keeps open and close between low and high, on weekdays only', () => {
    for (const [, , date = '', ...numbers] of rows) {
      const [open = NaN, high = NaN, low = NaN, close = NaN] = numbers.map(Number);
      expect(low).toBeLessThanOrEqual(Math.min(open, close));
      expect(high).toBeGreaterThanOrEqual(Math.max(open, close));
      expect([1, 2, 3, 4, 5]).toContain(new Date(date).getUTCDay());
    }
  });

  it('is read back into one series per ticker', () => {
    const builder = new PriceBookBuilder();
    for (const [index, row] of rows.entries()) builder.add(row, index + 2);
    const book = builder.build();
    expect(book.rows).toBe(15);
    expect(book.ofMarket('XTST').map(({ close }) => close.length)).toEqual([5, 5, 5]);
    expect(book.find(rows[0]?.[0] ?? '')?.close[0]).toBe(Number(rows[0]?.[6]));
  });
});

describe('PriceBookBuilder', () => {
  it('names the line of a row without numbers', () => {
    const row = ['TICK.X', 'XTST', '2025-01-02', '1', '2', '', 'n/a', '5'];
    expect(() => new PriceBookBuilder().add(row, 7)).toThrow(/^Line 7: .*n\/a/);
  });
});

describe('tickersOf', () => {
  it('gives every ticker a name of its own', () => {
    const tickers = MARKETS.flatMap(tickersOf);
    expect(new Set(tickers).size).toBe(tickers.length);
    expect(tickers.every((ticker) => /^[A-Z]{4}\.[A-Z]{1,2}$/.test(ticker))).toBe(true);
  });
});
