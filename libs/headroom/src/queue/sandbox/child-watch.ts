import type { Child } from 'bullmq';
import type { ChildProcess } from 'node:child_process';
import type { Worker as Thread } from 'node:worker_threads';

import {
  boundsOfChild,
  boundsOfThread,
  ChildMemory,
  detectSurroundings,
  type ExitExplanation,
  type ExitFacts,
  explainExit,
  oomKills,
  type OomKillMark,
  sacrificeFirst,
  StderrTail,
  withoutSecrets,
} from '../../diagnosis/index.js';
import { bullMq } from '../worker/bullmq-package.js';
import { holdExit } from './hold-exit.js';

const LOOK_EVERY_MS = 250;

/** A child of a sandboxed processor as BullMQ builds it; the types hide these. */
interface ChildParts {
  readonly childProcess?: ChildProcess;
  readonly worker?: Thread;
  readonly opts?: {
    readonly workerForkOptions?: { readonly execArgv?: readonly string[]; readonly env?: NodeJS.ProcessEnv };
    readonly workerThreadsOptions?: {
      readonly resourceLimits?: { readonly maxOldGenerationSizeMb?: number };
    };
  };
}

/** What is seen of one child while it lives, for the moment when it dies. Looks at it only while it starts or works. */
export class ChildWatch {
  phase: NonNullable<ExitFacts['phase']> = 'starting';
  private readonly parts: ChildParts;
  private readonly mark: OomKillMark | undefined = oomKills.mark();
  private tail: StderrTail | undefined;
  private memory: ChildMemory | undefined;
  private timer: NodeJS.Timeout | undefined;
  private endedBy: ExitFacts['endedBy'];

  constructor(private readonly child: Child) {
    this.parts = child as unknown as ChildParts;
    this.hearKill();
  }

  get isThread(): boolean {
    return this.parts.worker !== undefined;
  }

  get isBusy(): boolean {
    return this.phase !== 'idle';
  }

  /** To be called when the process or thread exists, before it says anything. */
  attach(maySacrifice: boolean): void {
    const { childProcess, worker } = this.parts;
    const stderr = (childProcess ?? worker)?.stderr;
    if (stderr) {
      // Beside BullMQ's pipe to our own stderr: nothing is taken from there.
      const tail = (this.tail = new StderrTail());
      stderr.on('data', (chunk: Buffer) => tail.push(chunk));
    }
    if (childProcess?.pid === undefined) return;
    holdExit(childProcess, this.child, () => this.isBusy);
    if (maySacrifice) sacrificeFirst(childProcess.pid);
    this.memory = new ChildMemory(childProcess.pid);
    this.look();
  }

  starts(): void {
    this.phase = 'running';
    this.memory?.start();
    this.look();
  }

  /** It has nothing to do: it is not looked at until it has. */
  rests(): void {
    this.phase = 'idle';
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** To be called once, when it has died. */
  explain(code: number | null, signal: string | null, error?: unknown): ExitExplanation {
    const stderr = this.tail && withoutSecrets(this.tail.text(), process.env);
    const kills = oomKills.since(this.mark);
    const explanation = explainExit({
      code,
      signal,
      error,
      phase: this.phase,
      isThread: this.isThread,
      memory: { ...this.memory?.facts(), ...this.bounds() },
      surroundings: detectSurroundings(),
      ...(stderr !== undefined && { stderr }),
      ...(this.endedBy && { endedBy: this.endedBy }),
      ...(kills !== undefined && !this.isThread && { oomKills: kills }),
    });
    if (explanation.cause === 'kernel-oom-kill') oomKills.claim();
    return explanation;
  }

  close(): void {
    this.rests();
    this.memory?.close();
  }

  private look(): void {
    if (!this.memory || this.timer) return;
    this.timer = setInterval(() => this.memory!.look(), LOOK_EVERY_MS).unref();
  }

  private bounds(): ReturnType<typeof boundsOfChild> {
    const { workerForkOptions, workerThreadsOptions } = this.parts.opts ?? {};
    return this.isThread
      ? boundsOfThread(workerThreadsOptions?.resourceLimits?.maxOldGenerationSizeMb)
      : boundsOfChild({ execArgv: workerForkOptions?.execArgv, env: workerForkOptions?.env });
  }

  /** A child that is killed from here does not die of anything else. */
  private hearKill(): void {
    const { child } = this;
    if (typeof child.kill !== 'function') return;
    const kill = child.kill.bind(child);
    child.kill = (...args) => {
      if (child.exitCode === null && child.signalCode === null) this.endedBy ??= 'shutdown';
      return kill(...args);
    };
  }
}

/** Whether a message of a child ends its job. */
export function endsJob(command: unknown): boolean {
  const { Completed, Failed, Error } = bullMq!.ParentCommand;
  return command === Completed || command === Failed || command === Error;
}
