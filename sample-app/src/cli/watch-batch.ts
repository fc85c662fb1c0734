import { setTimeout as delay } from 'node:timers/promises';
import type { BatchProgress } from '../batches/batch-progress.js';
import { messageOf } from '../errors.js';
import { BatchBars } from './batch-bars.js';
import { MarketDataClient } from './market-data.client.js';

const POLL_MS = 250;

/** Starts a batch and draws its progress until it is done. */
async function watchBatch(origin: string): Promise<BatchProgress> {
  let bars: BatchBars | undefined;
  const client = new MarketDataClient(origin, (seconds) => {
    bars?.note(`The service protects itself (503): asking again in ${seconds} s`);
  });

  const id = await client.startBatch();
  process.stdout.write(`${id} on ${origin}\n`);
  bars = new BatchBars();
  try {
    for (;;) {
      const progress = await client.progress(id);
      bars.show(progress);
      if (progress.state === 'done' || progress.state === 'failed') return progress;
      await delay(POLL_MS);
    }
  } finally {
    bars.stop();
  }
}

function outcomeOf(progress: BatchProgress): string {
  const seconds = (Date.parse(progress.finishedAt ?? '') - Date.parse(progress.startedAt)) / 1000;
  const { jobs = 0, failed = 0 } = progress.summary ?? {};
  return progress.state === 'done'
    ? `${progress.id} is done: ${jobs} jobs, ${failed} failed, ${seconds.toFixed(1)} s`
    : `${progress.id} failed: ${progress.error ?? 'the reason is not known'}`;
}

try {
  const progress = await watchBatch(process.argv[2] ?? `http://localhost:${process.env['PORT'] ?? 3000}`);
  process.stdout.write(`${outcomeOf(progress)}\n`);
  process.exitCode = progress.state === 'done' ? 0 : 1;
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
}
