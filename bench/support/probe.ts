import { startChild } from './child.js';
import { quantile } from './statistics.js';

/** Milliseconds between the due time of a request and its answer. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export interface Probe {
  /** Runs `work`, and tells what was seen meanwhile. */
  during<Result>(work: () => Promise<Result>): Promise<{ result: Result; latency: Latency }>;
  stop(): Promise<void>;
}

/** Asks `url` from a process of its own, about every 20 ms, whether or not answers come. */
export async function startProbe(url: string): Promise<Probe> {
  const child = await startChild(new URL('./probe-process.js', import.meta.url), { url });
  return {
    during: async (work) => {
      await child.ask('take');
      const result = await work();
      return { result, latency: summarize(await child.ask<number[]>('take')) };
    },
    stop: () => child.stop(),
  };
}

function summarize(latencies: readonly number[]): Latency {
  const sorted = latencies.toSorted((a, b) => a - b);
  return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), max: quantile(sorted, 1) };
}
