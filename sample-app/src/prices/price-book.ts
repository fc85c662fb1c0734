import type { PriceSeries } from './price-series.js';

/** All prices of one import. It never changes; the next import makes a new one. */
export class PriceBook {
  private readonly byTicker: ReadonlyMap<string, PriceSeries>;
  private readonly byMarket: ReadonlyMap<string, readonly PriceSeries[]>;

  readonly rows: number;

  constructor(series: Iterable<PriceSeries>) {
    const byTicker = new Map<string, PriceSeries>();
    const byMarket = new Map<string, PriceSeries[]>();
    let rows = 0;
    for (const one of series) {
      byTicker.set(one.ticker, one);
      const ofMarket = byMarket.get(one.market) ?? [];
      ofMarket.push(one);
      byMarket.set(one.market, ofMarket);
      rows += one.dates.length;
    }
    this.byTicker = byTicker;
    this.byMarket = byMarket;
    this.rows = rows;
  }

  get tickers(): readonly string[] {
    return [...this.byTicker.keys()];
  }

  get markets(): readonly string[] {
    return [...this.byMarket.keys()];
  }

  get all(): readonly PriceSeries[] {
    return [...this.byTicker.values()];
  }

  find(ticker: string): PriceSeries | undefined {
    return this.byTicker.get(ticker);
  }

  ofMarket(market: string): readonly PriceSeries[] {
    return this.byMarket.get(market) ?? [];
  }
}
