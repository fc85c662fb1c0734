import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ResilienceOptions } from 'nestjs-headroom';

const FIXTURE = fileURLToPath(new URL('./fixtures/worker-app.mjs', import.meta.url));

export interface AppSetup {
  readonly redisUrl?: string;
  readonly postgresUrl?: string;
  readonly prefix?: string;
  readonly queues?: readonly string[];
  /** Options of every worker. */
  readonly worker?: Record<string, unknown>;
  /** A file with a sandboxed processor, for every queue; instead of the processor class. */
  readonly sandbox?: string;
  readonly resilience?: ResilienceOptions;
  /** A file to which the ids of finished jobs are appended. */
  readonly ledger?: string;
  /** Without Headroom. */
  readonly isBare?: boolean;
  /** `enableShutdownHooks()`. @default true */
  readonly hooks?: boolean;
  /** Where the module stands that closes in `onModuleDestroy()`. @default 'after' */
  readonly imports?: 'before' | 'after';
  readonly port?: number;
  /** Memory that SIGUSR2 takes, and gives back the next time. */
  readonly ballastMb?: number;
}

export interface AppEvent {
  readonly event: string;
  /** When it was seen, milliseconds since the epoch. */
  readonly at: number;
  readonly [fact: string]: unknown;
}

/** Starts a process; in a memory cgroup, for example. */
export type Spawn = (nodeArgs: readonly string[], env: NodeJS.ProcessEnv) => ChildProcess;

const plainly: Spawn = (nodeArgs, env) =>
  spawn(process.execPath, nodeArgs, { env, stdio: ['ignore', 'pipe', 'inherit'] });

/** fixtures/worker-app.mjs in a process of its own. */
export class WorkerApp {
  readonly events: AppEvent[] = [];
  private readonly waiting = new Set<() => void>();
  private readonly ended: Promise<readonly [number | null, NodeJS.Signals | null]>;
  private hasEnded = false;

  private constructor(readonly child: ChildProcess) {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      this.events.push(eventOf(line));
      this.tell();
    });
    this.ended = once(child, 'close').then(([code, signal]) => {
      this.hasEnded = true;
      this.tell();
      return [code, signal] as const;
    });
  }

  static spawn(setup: AppSetup, start: Spawn = plainly): WorkerApp {
    return new WorkerApp(start([FIXTURE], { PATH: process.env.PATH, SETUP: JSON.stringify(setup) }));
  }

  /** Started, and ready to be asked. */
  static async start(setup: AppSetup, start?: Spawn): Promise<WorkerApp> {
    const app = WorkerApp.spawn(setup, start);
    await app.see('ready');
    return app;
  }

  get url(): string {
    return this.find('ready')[0]!.url as string;
  }

  /** Whether the process runs still. */
  get isRunning(): boolean {
    return !this.hasEnded;
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** The exit code, and the signal that ended it. */
  async end(): Promise<readonly [number | null, NodeJS.Signals | null]> {
    return this.ended;
  }

  find(event: string, facts: Record<string, unknown> = {}): AppEvent[] {
    return this.events.filter(
      (one) => one.event === event && Object.entries(facts).every(([key, value]) => one[key] === value),
    );
  }

  /** Lines of the log. */
  lines(pattern: RegExp): string[] {
    return this.find('log')
      .map(({ level, line }) => `${String(level)} ${String(line)}`)
      .filter((line) => pattern.test(line));
  }

  async see(event: string, facts: Record<string, unknown> = {}): Promise<void> {
    await this.until(() => this.find(event, facts).length > 0, `${event} ${JSON.stringify(facts)}`);
  }

  async seeLine(pattern: RegExp): Promise<void> {
    await this.until(() => this.lines(pattern).length > 0, `a line ${pattern}`);
  }

  private async until(condition: () => boolean, what: string, timeoutMs = 20_000): Promise<void> {
    const giveUpAt = Date.now() + timeoutMs;
    while (!condition()) {
      if (this.hasEnded || Date.now() > giveUpAt) {
        throw new Error(`not seen: ${what}\n${this.events.map((one) => JSON.stringify(one)).join('\n')}`);
      }
      await new Promise<void>((resolve) => {
        const go = (): void => {
          clearTimeout(timer);
          this.waiting.delete(go);
          resolve();
        };
        const timer = setTimeout(go, 500);
        this.waiting.add(go);
      });
    }
  }

  private tell(): void {
    for (const go of this.waiting) go();
  }
}

function eventOf(line: string): AppEvent {
  try {
    return { ...(JSON.parse(line) as AppEvent), at: Date.now() };
  } catch {
    return { event: 'text', line, at: Date.now() };
  }
}
