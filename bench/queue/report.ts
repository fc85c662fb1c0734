import { table, withRange } from '../support/markdown.js';
import type { Latency } from '../support/probe.js';
import { middleHalf, type Spread, spreadOf } from '../support/statistics.js';
import type { Verdict } from '../support/verdict.js';
import { JOB_MS, type JobKind, titleOf } from './cells.js';
import { type Contestant, CONTESTANTS } from './contestants.js';
import type { CellResult, Lap } from './setup.js';

const HEAD = [
  'workers',
  'contestant',
  'jobs/s',
  'of plain',
  'CPU us/job',
  'p50 ms',
  'p99 ms',
  'max ms',
  'RSS MB',
];
const LEAST_THROUGHPUT: Readonly<Record<JobKind, number>> = { '20 ms': 0.98, 'no-op': 0.95 };

export function formatQueueTable(kind: JobKind, all: readonly CellResult[]): string {
  const rows = all
    .filter(({ cell }) => cell.kind === kind)
    .flatMap((each) => CONTESTANTS.map((contestant) => row(each, contestant)));
  return `### ${kind} jobs\n\n${table(HEAD, rows)}`;
}

export function judgeQueues(all: readonly CellResult[]): Verdict[] {
  return all.flatMap((each) => [...judgeLatency(each), judgeThroughput(each)]);
}

function row({ cell, laps, latencies }: CellResult, contestant: Contestant): string[] {
  const lap = (key: keyof Lap): Spread => spreadOf(laps[contestant].map((each) => each[key]));
  const latency = (key: keyof Latency): Spread => spreadOf(latencies[contestant].map((each) => each[key]));
  return [
    cell.shape.name,
    contestant,
    lap('jobsPerSecond').median.toFixed(cell.kind === '20 ms' ? 2 : 0),
    withRange(ofPlain(laps, contestant), 3),
    lap('cpuMicrosPerJob').median.toFixed(0),
    latency('p50').median.toFixed(1),
    withRange(latency('p99'), 1),
    latency('max').median.toFixed(1),
    lap('rssMb').median.toFixed(0),
  ];
}

/** One ratio per lap. */
function ofPlain(laps: CellResult['laps'], contestant: Contestant): Spread {
  const { plain } = laps;
  return middleHalf(
    laps[contestant].map(({ jobsPerSecond }, lap) => jobsPerSecond / plain[lap]!.jobsPerSecond),
  );
}

/** With what any gate takes in this hour: where code is cold, a turn of the loop per job is dear. */
function judgeThroughput({ cell, laps }: CellResult): Verdict {
  const share = ofPlain(laps, 'headroom');
  const least = LEAST_THROUGHPUT[cell.kind];
  return {
    target: `${titleOf(cell)}: throughput at least ${least} of plain`,
    isReached: share.median >= least,
    figure: `${withRange(share, 3)}, the least gate ${ofPlain(laps, 'least gate').median.toFixed(3)}`,
  };
}

/** The probe's target is told in job lengths, so jobs without a length have none. */
function judgeLatency({ cell, latencies }: CellResult): Verdict[] {
  const limitMs = 2 * JOB_MS[cell.kind];
  if (limitMs === 0) return [];
  const p99 = spreadOf(latencies.headroom.map((each) => each.p99));
  return [
    {
      target: `${titleOf(cell)}: probe p99 under ${limitMs} ms`,
      isReached: p99.median < limitMs,
      figure: `${withRange(p99, 1)} ms`,
    },
  ];
}
