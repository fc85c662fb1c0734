/** The process behind probe.ts: `probe-process.mjs <url> <intervalMs> <timeoutMs>`, forked with an IPC channel. */
import { Agent, get } from 'node:http';

const [url, intervalMs, timeoutMs] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const agent = new Agent({ keepAlive: true });
/** When each request that is still open was sent. */
const open = new Set();
let latencies = [];
let statuses = {};

/** Status of the answer, 0 without one. */
function request() {
  const sent = { at: performance.now() };
  open.add(sent);
  return new Promise((resolve) => {
    const settle = (status) => {
      if (!open.delete(sent)) return;
      latencies.push(performance.now() - sent.at);
      statuses[status] = (statuses[status] ?? 0) + 1;
      resolve(status);
    };
    const headers = { 'x-sent-at': performance.timeOrigin + sent.at };
    get(url, { agent, timeout: timeoutMs, headers }, (response) => {
      response.resume();
      response.once('end', () => settle(response.statusCode));
    })
      .once('timeout', function giveUp() {
        this.destroy();
      })
      .once('error', () => settle(0));
  });
}

function takeReport() {
  const now = performance.now();
  const sorted = [...latencies, ...[...open].map(({ at }) => now - at)].toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
  const failures = Object.entries(statuses)
    .filter(([status]) => status === '0' || Number(status) >= 500)
    .reduce((sum, [, count]) => sum + count, 0);
  const report = { sent: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1), failures, statuses };
  latencies = [];
  statuses = {};
  return report;
}

/** Keeps to the plan: a late timer is followed by as many requests as are due. */
function sendOnSchedule() {
  const start = performance.now();
  let sent = 0;
  const tick = () => {
    for (; sent * intervalMs <= performance.now() - start; sent++) void request();
    setTimeout(tick, sent * intervalMs - (performance.now() - start));
  };
  tick();
}

process.on('disconnect', () => process.exit());
process.on('message', (asked) => {
  process.send(takeReport(), () => {
    if (asked === 'stop') process.exit();
  });
});

while ((await request()) === 0) await new Promise((resolve) => setTimeout(resolve, 20));
takeReport();
process.send('ready');
sendOnSchedule();
