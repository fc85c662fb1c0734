export const INDICATORS_QUEUE = 'indicators';

export interface IndicatorsJob {
  readonly tickers: readonly string[];
}
