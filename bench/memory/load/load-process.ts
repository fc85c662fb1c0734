/** The process behind load.ts: clients that ask again as soon as they are answered. */
import { setTimeout as delay } from 'node:timers/promises';

import { readSetup, serveParent } from '../../support/serve-parent.js';
import { createClient } from './client.js';
import type { LoadSetup, LoadTally } from './load.js';

const { url, clients, pauseMs, patienceMs } = readSetup() as LoadSetup;
const ask = createClient(url);
const tally = { goodMs: [] as number[], inTime: 0, clean503: 0, other503: 0, other: 0, errors: 0 };
const over = new AbortController();
let loops: Promise<void>[] = [];

async function loop(): Promise<void> {
  while (!over.signal.aborted) {
    const sentAt = performance.now();
    const outcome = await ask();
    if (outcome === 'good') {
      tally.goodMs.push(performance.now() - sentAt);
      if (!over.signal.aborted) tally.inTime++;
      continue;
    }
    tally[outcome]++;
    await delay(pauseMs);
  }
}

function begin(): void {
  loops = Array.from({ length: clients }, loop);
}

/** Nobody asks any more; who is not answered within the patience never was. */
async function take(): Promise<LoadTally> {
  over.abort();
  let unanswered = loops.length;
  const counted = loops.map(async (each) => {
    await each;
    unanswered--;
  });
  await Promise.race([Promise.all(counted), delay(patienceMs)]);
  return { ...tally, unanswered };
}

serveParent({}, { begin, take });
