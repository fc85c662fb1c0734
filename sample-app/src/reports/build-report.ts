import { rounded } from '../maths/rounded.js';
import type { PriceSeries } from '../prices/price-series.js';
import { acrossMarkets } from './across-markets.js';
import { correlationMatrix } from './correlation-matrix.js';
import type { MarketReport, Mover } from './market-report.js';
import { reportRows, type ReportRow } from './report-rows.js';
import { ALL_MARKETS } from './reports.queue.js';
import { summariseCorrelations } from './summarise-correlations.js';

const LISTED = 5;

export async function buildReport(
  market: string,
  tickers: readonly PriceSeries[],
  onProgress: (percent: number) => Promise<void>,
): Promise<MarketReport> {
  const rows = await reportRows(tickers);
  await onProgress(40);
  const matrix = await correlationMatrix(tickers);
  await onProgress(80);
  const correlations = await summariseCorrelations(matrix, LISTED);

  const dates = tickers[0]?.dates ?? [];
  const to = dates.at(-1) ?? '';
  const lastRows = rows
    .filter(({ date }) => date === to)
    .toSorted((left, right) => right.change - left.change);
  const turnovers = turnoverByDate(rows);

  return {
    market,
    from: dates[0] ?? '',
    to,
    tickers: tickers.length,
    rows: rows.length,
    turnover: Math.round(sum(turnovers.values())),
    busiestDay: busiestDay(turnovers),
    lastDay: {
      advancing: lastRows.filter(({ change }) => change > 0).length,
      declining: lastRows.filter(({ change }) => change < 0).length,
    },
    gainers: lastRows.slice(0, LISTED).map(moverOf),
    losers: lastRows.slice(-LISTED).toReversed().map(moverOf),
    correlations,
    ...(market === ALL_MARKETS && { acrossMarkets: await acrossMarkets(tickers, matrix, LISTED) }),
  };
}

function turnoverByDate(rows: readonly ReportRow[]): Map<string, number> {
  const turnovers = new Map<string, number>();
  for (const { date, turnover } of rows) turnovers.set(date, (turnovers.get(date) ?? 0) + turnover);
  return turnovers;
}

function busiestDay(turnovers: ReadonlyMap<string, number>): MarketReport['busiestDay'] {
  let busiest = { date: '', turnover: 0 };
  for (const [date, turnover] of turnovers) {
    if (turnover > busiest.turnover) busiest = { date, turnover: Math.round(turnover) };
  }
  return busiest;
}

function moverOf({ ticker, change }: ReportRow): Mover {
  return { ticker, change: rounded(change) };
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
