import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

import { MemoryCgroup } from '../../../test/support/memory-cgroup.js';
import { type Child, connect } from '../../support/child.js';
import { progress } from '../../support/progress.js';
import type { AppSetup } from '../app/setup.js';
import { LIMIT_MB, MB } from '../limit.js';
import { describeExit, type Ending, type Exit, fateOf } from './ending.js';

const SCRIPT = new URL('../app/app-process.js', import.meta.url);
const START_TIMEOUT_MS = 30_000;
const LAST_WORDS = 4000;

const running = new Set<MemoryCgroup>();

/** Kills and removes what still runs: for a bench that is interrupted. */
export async function removeAllCgroups(): Promise<void> {
  await Promise.all([...running].map((cgroup) => cgroup.remove()));
}

/** The app in a process of its own, in a fresh cgroup of its own. */
export class LimitedApp {
  private exit: Exit | undefined;
  private hasTimedOut = false;
  private lastWords = '';

  /** Resolves when the process is gone. */
  readonly gone: Promise<void>;

  private constructor(
    private readonly cgroup: MemoryCgroup,
    private readonly process: ChildProcess,
  ) {
    process.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      this.lastWords = (this.lastWords + chunk).slice(-LAST_WORDS);
    });
    this.gone = this.untilExit();
  }

  private child: Child<{ url: string }> | undefined;

  /** @param isLogged - the app's log goes to stderr; else nowhere. */
  static async start(setup: AppSetup, isLogged: boolean): Promise<LimitedApp> {
    const cgroup = MemoryCgroup.create(LIMIT_MB * MB);
    running.add(cgroup);
    const log = isLogged ? process.stderr : 'ignore';
    const stdio = ['ignore', log, 'pipe', 'ipc'] as const;
    const args = [SCRIPT.pathname, JSON.stringify(setup)];
    const app = new LimitedApp(cgroup, cgroup.spawn(args, { stdio: [...stdio] }));
    try {
      app.child = await app.during(connect<{ url: string }>(app.process), START_TIMEOUT_MS);
      if (app.child === undefined) throw new Error(`the app did not start:\n${app.lastWords}`);
      return app;
    } catch (error) {
      await app.finish();
      throw error;
    }
  }

  get url(): string {
    return this.child!.ready.url;
  }

  /** `undefined` when the process ended before it could answer. */
  async ask<Answer>(question: string, timeoutMs: number): Promise<Answer | undefined> {
    return this.during(this.child!.ask<Answer>(question), timeoutMs);
  }

  /** `undefined` when the process ended or the time was over before `work` was done. */
  async during<Result>(work: Promise<Result>, timeoutMs: number): Promise<Result | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => {
        this.hasTimedOut = true;
        resolve(undefined);
      }, timeoutMs);
    });
    try {
      return await Promise.race([
        work.catch((error: unknown) => this.unlessGone(error)),
        this.untilGone(),
        timeout,
      ]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends the process, removes the cgroup, and tells how it went. */
  async finish(): Promise<Ending> {
    const { exit, cgroup } = this;
    const { oomKills } = cgroup;
    const ending: Ending = {
      fate: fateOf(exit, oomKills, this.hasTimedOut),
      exit: describeExit(exit),
      oomKills,
      peakMb: peakBytes(cgroup) / MB,
    };
    await cgroup.remove();
    running.delete(cgroup);
    await this.gone;
    if (ending.fate === 'crashed') progress(`crashed, ${ending.exit}:\n${this.lastWords}`);
    return ending;
  }

  private async untilGone(): Promise<undefined> {
    await this.gone;
    return undefined;
  }

  private async untilExit(): Promise<void> {
    const [code, signal] = await once(this.process, 'exit');
    this.exit = { code, signal };
  }

  /** What was asked of a process that is gone fails for that reason. */
  private async unlessGone(failure: unknown): Promise<undefined> {
    // NOTE: a write to the channel can fail shortly before the exit is told.
    await Promise.race([this.gone, delay(1000)]);
    if (this.exit === undefined) throw failure;
    return undefined;
  }
}

function peakBytes(cgroup: MemoryCgroup): number {
  try {
    return Number(cgroup.read(cgroup.version === 1 ? 'memory.max_usage_in_bytes' : 'memory.peak'));
  } catch {
    return NaN;
  }
}
