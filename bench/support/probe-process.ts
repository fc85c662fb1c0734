/** The process behind probe.ts. */
import { Agent, get } from 'node:http';

import { readSetup, serveParent } from './serve-parent.js';

const { url } = readSetup() as { url: string };
const agent = new Agent({ keepAlive: true });
/** When the requests that are still open were due. */
const open = new Set<{ readonly dueAt: number }>();
let latencies: number[] = [];

async function request(dueAt: number): Promise<void> {
  const sent = { dueAt };
  open.add(sent);
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      response.resume().once('end', () => {
        if (open.delete(sent)) latencies.push(performance.now() - dueAt);
        if (response.statusCode === 200) resolve();
        else reject(new Error(`the probe was answered ${response.statusCode}`));
      });
    }).once('error', reject);
  });
}

/** Requests without an answer count with their age: they are the slowest. */
function take(): number[] {
  const now = performance.now();
  const taken = [...latencies, ...[...open].map(({ dueAt }) => now - dueAt)];
  latencies = [];
  open.clear();
  return taken;
}

/** From 15 to 25 ms: at a steady 20 ms the probe would keep step with jobs of 20 ms. */
function nextAfter(dueAt: number): number {
  return dueAt + 15 + Math.random() * 10;
}

/** Keeps to the plan: what fell due while the timer was late is sent at once, and counts from its due time. */
function sendOnSchedule(dueAt: number): void {
  let next = dueAt;
  for (; next <= performance.now(); next = nextAfter(next)) void request(next);
  setTimeout(() => sendOnSchedule(next), next - performance.now());
}

for (let warmUp = 0; warmUp < 50; warmUp++) await request(performance.now());
sendOnSchedule(performance.now());
serveParent({}, { take });
