export interface Mover {
  readonly ticker: string;
  readonly change: number;
}

export interface Pair {
  readonly left: string;
  readonly right: string;
  readonly correlation: number;
}

export interface Correlations {
  readonly mean: number;
  readonly closest: readonly Pair[];
  readonly mostOpposed: readonly Pair[];
}

/** Pairs of tickers from different markets. */
export interface AcrossMarkets {
  readonly pairs: number;
  readonly closest: readonly Pair[];
  readonly mostOpposed: readonly Pair[];
}

export interface MarketReport {
  readonly market: string;
  readonly from: string;
  readonly to: string;
  readonly tickers: number;
  readonly rows: number;
  readonly turnover: number;
  readonly busiestDay: { readonly date: string; readonly turnover: number };
  readonly lastDay: { readonly advancing: number; readonly declining: number };
  readonly gainers: readonly Mover[];
  readonly losers: readonly Mover[];
  readonly correlations: Correlations;
  /** In the report of all markets. */
  readonly acrossMarkets?: AcrossMarkets;
}
