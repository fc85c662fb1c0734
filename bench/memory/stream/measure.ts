import { JobLedger } from '../app/job-ledger.js';
import type { Acts, JobsSetup } from '../app/setup.js';
import { fillQueue } from '../jobs/job-source.js';
import { MB } from '../limit.js';
import { type PingFigures, Pings } from '../load/pings.js';
import type { Ending } from '../run/ending.js';
import { LimitedApp } from '../run/limited-app.js';
import { dropFromPageCache } from './big-file.js';
import { download } from './download.js';

const TIMEOUT_MS = 120_000;
const QUESTION_MS = 10_000;

export interface StreamRound extends Ending, PingFigures {
  readonly streamedMb: number;
  readonly seconds: number;
  readonly jobsDone: number;
  /** Headroom only. */
  readonly acts: Acts | undefined;
}

/** The file once through an app of its own, beside light jobs and pings. */
export async function measure(
  path: string,
  bytesPerSecond: number,
  jobs: JobsSetup,
  hasHeadroom: boolean,
  isLogged: boolean,
): Promise<StreamRound> {
  await fillQueue(jobs.redisPort, jobs.count);
  await dropFromPageCache(path);
  const ledger = new JobLedger(jobs.redisPort);
  try {
    const app = await LimitedApp.start({ platform: 'express', hasHeadroom, jobs }, isLogged);
    const pings = await Pings.start(app.url);
    if (hasHeadroom) await app.ask('countActs', QUESTION_MS);
    await app.ask('startJobs', QUESTION_MS);
    const startedAt = performance.now();
    const url = `${app.url}/file?path=${encodeURIComponent(path)}`;
    const bytes = await app.during(download(url, bytesPerSecond), TIMEOUT_MS);
    const seconds = (performance.now() - startedAt) / 1000;
    const [counts, seenByPings] = await Promise.all([ledger.counts(), pings.end()]);
    const acts = (await app.ask<Acts | null>('takeActs', QUESTION_MS)) ?? undefined;
    const streamedMb = (bytes ?? 0) / MB;
    return { ...(await app.finish()), ...seenByPings, streamedMb, seconds, jobsDone: counts.length, acts };
  } finally {
    await ledger.close();
  }
}
