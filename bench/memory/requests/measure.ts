import { setTimeout as delay } from 'node:timers/promises';

import { quantile } from '../../support/statistics.js';
import type { AppSetup } from '../app/setup.js';
import { Load, type LoadTally } from '../load/load.js';
import type { Ending } from '../run/ending.js';
import { LimitedApp } from '../run/limited-app.js';

/** What the clients saw. */
export interface RequestFigures extends Omit<LoadTally, 'goodMs' | 'inTime'> {
  /** Over the whole time, also when the process did not live that long. */
  readonly goodPerSecond: number;
  readonly p50: number;
  readonly p99: number;
}

export type RequestsRound = Ending & RequestFigures;

export async function measure(setup: AppSetup, seconds: number, isLogged: boolean): Promise<RequestsRound> {
  const app = await LimitedApp.start(setup, isLogged);
  const load = await Load.start(`${app.url}/work`);
  await app.during(delay(seconds * 1000), seconds * 2000);
  const figures = summarize(await load.end(), seconds);
  return { ...(await app.finish()), ...figures };
}

export function summarize({ goodMs, inTime, ...counts }: LoadTally, seconds: number): RequestFigures {
  const sorted = goodMs.toSorted((a, b) => a - b);
  return {
    ...counts,
    goodPerSecond: inTime / seconds,
    p50: quantile(sorted, 0.5),
    p99: quantile(sorted, 0.99),
  };
}
