import { table, withRange } from '../support/markdown.js';
import type { Results } from '../support/contest.js';
import { ratioOfBest, ratios, type Spread, spreadOf } from '../support/statistics.js';
import type { Verdict } from '../support/verdict.js';
import { type Cell, JOB_MS, type JobKind } from './cells.js';
import { type Contestant, CONTESTANTS } from './contestants.js';
import type { Measurement } from './measure.js';

export interface CellResult {
  readonly cell: Cell;
  readonly results: Results<Contestant, Measurement>;
}

const HEAD = [
  'workers',
  'contestant',
  'jobs/s',
  'of plain',
  'best of best',
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

function row({ cell, results }: CellResult, contestant: Contestant): string[] {
  const of = (key: keyof Measurement): Spread => spreadOf(results[contestant].map((round) => round[key]));
  const { ofPlain, bestOfBest } = throughput(results, contestant);
  return [
    cell.shape.name,
    contestant,
    withRange(of('jobsPerSecond'), cell.kind === '20 ms' ? 2 : 0),
    withRange(ofPlain, 3),
    bestOfBest.toFixed(3),
    of('cpuMicrosPerJob').median.toFixed(0),
    of('p50').median.toFixed(1),
    withRange(of('p99'), 1),
    of('max').median.toFixed(1),
    of('rssMb').median.toFixed(0),
  ];
}

interface Throughput {
  /** One ratio per round. */
  readonly ofPlain: Spread;
  readonly bestOfBest: number;
}

function throughput(results: CellResult['results'], contestant: Contestant): Throughput {
  const jobsPerSecond = (each: Contestant): number[] => results[each].map((round) => round.jobsPerSecond);
  const [own, plain] = [jobsPerSecond(contestant), jobsPerSecond('plain')];
  return { ofPlain: ratios(own, plain), bestOfBest: ratioOfBest(own, plain) };
}

function judgeThroughput({ cell, results }: CellResult): Verdict {
  const { ofPlain } = throughput(results, 'headroom');
  const least = LEAST_THROUGHPUT[cell.kind];
  return {
    target: `${cell.kind} jobs, ${cell.shape.name}: throughput at least ${least} of plain`,
    isReached: ofPlain.median >= least,
    figure: withRange(ofPlain, 3),
  };
}

/** The probe's target is told in job lengths, so jobs without a length have none. */
function judgeLatency({ cell, results }: CellResult): Verdict[] {
  const limitMs = 2 * JOB_MS[cell.kind];
  if (limitMs === 0) return [];
  const p99 = spreadOf(results.headroom.map((round) => round.p99));
  return [
    {
      target: `${cell.kind} jobs, ${cell.shape.name}: probe p99 under ${limitMs} ms`,
      isReached: p99.median < limitMs,
      figure: `${withRange(p99, 1)} ms`,
    },
  ];
}
