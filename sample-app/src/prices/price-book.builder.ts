import { PriceBook } from './price-book.js';
import type { PriceSeries } from './price-series.js';

interface GrowingSeries {
  readonly market: string;
  readonly dates: string[];
  readonly open: number[];
  readonly high: number[];
  readonly low: number[];
  readonly close: number[];
  readonly volume: number[];
}

/** Takes the rows of the file in any order of tickers, the days of a ticker oldest first. */
export class PriceBookBuilder {
  private readonly growing = new Map<string, GrowingSeries>();
  /** One copy of each date and market code, instead of one per row. */
  private readonly texts = new Map<string, string>();

  add(row: readonly string[], line: number): void {
    const [ticker = '', market = '', date = '', ...numbers] = row;
    const [open = NaN, high = NaN, low = NaN, close = NaN, volume = NaN] = numbers.map(Number);
    if (![open, high, low, close, volume].every(Number.isFinite)) {
      throw new Error(
        `Line ${line}: open, high, low, close and volume must be numbers, got "${row.join(',')}".`,
      );
    }

    const series = this.seriesOf(ticker, market);
    series.dates.push(this.shared(date));
    series.open.push(open);
    series.high.push(high);
    series.low.push(low);
    series.close.push(close);
    series.volume.push(volume);
  }

  build(): PriceBook {
    return new PriceBook(this.packed());
  }

  private *packed(): Generator<PriceSeries> {
    for (const [ticker, series] of this.growing) {
      yield {
        ticker,
        market: series.market,
        dates: series.dates,
        open: Float64Array.from(series.open),
        high: Float64Array.from(series.high),
        low: Float64Array.from(series.low),
        close: Float64Array.from(series.close),
        volume: Float64Array.from(series.volume),
      };
      this.growing.delete(ticker);
    }
  }

  private seriesOf(ticker: string, market: string): GrowingSeries {
    const known = this.growing.get(ticker);
    if (known) return known;

    const fresh = {
      market: this.shared(market),
      dates: [],
      open: [],
      high: [],
      low: [],
      close: [],
      volume: [],
    };
    this.growing.set(ticker, fresh);
    return fresh;
  }

  private shared(text: string): string {
    const known = this.texts.get(text);
    if (known !== undefined) return known;

    this.texts.set(text, text);
    return text;
  }
}
