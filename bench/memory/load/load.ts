import { type Child, startChild } from '../../support/child.js';

export interface LoadSetup {
  readonly url: string;
  readonly clients: number;
  /** After everything but a good answer. */
  readonly pauseMs: number;
  /** How long open requests are waited for at the end. */
  readonly patienceMs: number;
}

export interface LoadTally {
  /** From request to answer. */
  readonly goodMs: readonly number[];
  /** Good answers before the end was called. */
  readonly inTime: number;
  readonly clean503: number;
  readonly other503: number;
  readonly other: number;
  readonly errors: number;
  readonly unanswered: number;
}

const CLIENTS = 50;
const PAUSE_MS = 50;
const PATIENCE_MS = 10_000;

/** Clients in a process of their own, outside of the cgroup. */
export class Load {
  private constructor(private readonly child: Child<object>) {}

  static async start(url: string): Promise<Load> {
    const setup: LoadSetup = { url, clients: CLIENTS, pauseMs: PAUSE_MS, patienceMs: PATIENCE_MS };
    const load = new Load(await startChild(new URL('./load-process.js', import.meta.url), setup));
    await load.child.ask('begin');
    return load;
  }

  /** Calls the end, and tells what was counted. */
  async end(): Promise<LoadTally> {
    const tally = await this.child.ask<LoadTally>('take');
    await this.child.stop();
    return tally;
  }
}

export const LOAD_TEXT = `${CLIENTS} clients that ask again when they are answered, after anything but a good answer ${PAUSE_MS} ms later`;
