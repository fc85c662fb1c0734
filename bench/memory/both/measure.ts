import { setTimeout as delay } from 'node:timers/promises';

import { JobLedger } from '../app/job-ledger.js';
import type { AppSetup } from '../app/setup.js';
import { fillQueue } from '../jobs/job-source.js';
import { Load } from '../load/load.js';
import { type PingFigures, Pings } from '../load/pings.js';
import { type RequestsRound, summarize } from '../requests/measure.js';
import { LimitedApp } from '../run/limited-app.js';

const START_MS = 10_000;

export interface BothRound extends RequestsRound, PingFigures {
  readonly jobsDone: number;
  readonly jobsDoneTwice: number;
}

/** Jobs, requests and pings at once. */
export async function measure(
  setup: AppSetup,
  redisPort: number,
  jobs: number,
  seconds: number,
  isLogged: boolean,
): Promise<BothRound> {
  await fillQueue(redisPort, jobs);
  const ledger = new JobLedger(redisPort);
  try {
    const app = await LimitedApp.start(setup, isLogged);
    const pings = await Pings.start(app.url);
    const load = await Load.start(`${app.url}/work`);
    if (setup.jobs) await app.ask('startJobs', START_MS);
    await app.during(delay(seconds * 1000), seconds * 2000);
    const [counts, seenByPings] = await Promise.all([ledger.counts(), pings.end()]);
    const seenByClients = summarize(await load.end(), seconds);
    return {
      ...(await app.finish()),
      ...seenByPings,
      ...seenByClients,
      jobsDone: counts.length,
      jobsDoneTwice: counts.filter((count) => count > 1).length,
    };
  } finally {
    await ledger.close();
  }
}
