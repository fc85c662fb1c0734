import { type Child, startChild } from '../../support/child.js';
import { quantile } from '../../support/statistics.js';

export interface PingSetup {
  readonly url: string;
  readonly everyMs: number;
}

export interface PingTally {
  readonly ms: readonly number[];
  readonly failed: number;
}

export interface PingFigures {
  /** Answered with anything but 200, or not at all. */
  readonly pingsFailed: number;
  readonly pings: number;
  readonly pingP99: number;
}

const EVERY_MS = 50;
export const PINGS_PER_SECOND = 1000 / EVERY_MS;

/** `/ping`, asked from a process of its own, outside of the cgroup. */
export class Pings {
  private constructor(private readonly child: Child<object>) {}

  static async start(appUrl: string): Promise<Pings> {
    const setup: PingSetup = { url: `${appUrl}/ping`, everyMs: EVERY_MS };
    const pings = new Pings(await startChild(new URL('./ping-process.js', import.meta.url), setup));
    await pings.child.ask('begin');
    return pings;
  }

  async end(): Promise<PingFigures> {
    const { ms, failed } = await this.child.ask<PingTally>('take');
    await this.child.stop();
    const sorted = ms.toSorted((a, b) => a - b);
    return { pings: ms.length + failed, pingsFailed: failed, pingP99: quantile(sorted, 0.99) };
  }
}
