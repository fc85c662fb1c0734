/** The process behind pings.ts: asks on schedule, whether or not answers come. */
import { readSetup, serveParent } from '../../support/serve-parent.js';
import { createClient } from './client.js';
import type { PingSetup, PingTally } from './pings.js';

const { url, everyMs } = readSetup() as PingSetup;
const ask = createClient(url);
/** When the requests that are still open were due. */
const open = new Set<{ readonly dueAt: number }>();
const goodMs: number[] = [];
let failed = 0;

async function send(dueAt: number): Promise<void> {
  const sent = { dueAt };
  open.add(sent);
  const outcome = await ask();
  open.delete(sent);
  if (outcome === 'good') goodMs.push(performance.now() - dueAt);
  else failed++;
}

/** What fell due while the timer was late is sent at once, and counts from its due time. */
function sendOnSchedule(dueAt: number): void {
  let next = dueAt;
  for (; next <= performance.now(); next += everyMs) void send(next);
  setTimeout(() => sendOnSchedule(next), next - performance.now());
}

/** Requests without an answer count with their age: they are the slowest. */
function take(): PingTally {
  const now = performance.now();
  return { ms: [...goodMs, ...[...open].map(({ dueAt }) => now - dueAt)], failed };
}

for (let warmUp = 0; warmUp < 5; warmUp++) await ask();
serveParent({}, { begin: () => sendOnSchedule(performance.now()), take });
