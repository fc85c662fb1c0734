import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { vi } from 'vitest';
import { freePort } from '../support/free-port.js';

const FOLDER = fileURLToPath(new URL('../../sample-app/', import.meta.url));

/** The sample app in a process of its own, built, as `npm start` runs it. */
export class SampleProcess {
  output = '';
  private readonly child: ChildProcess;
  private readonly ended: Promise<unknown>;

  private constructor(
    readonly port: number,
    settings: Record<string, string>,
  ) {
    const { NODE_OPTIONS: _, REDIS_URL: _url, ROLE: _role, NODE_ENV: _env, ...env } = process.env;
    this.child = spawn(process.execPath, ['dist/main.js'], {
      cwd: FOLDER,
      env: { ...env, PORT: String(port), NO_COLOR: '1', ...settings },
    });
    for (const stream of [this.child.stdout!, this.child.stderr!])
      stream.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    this.ended = once(this.child, 'close');
  }

  static async spawn(settings: Record<string, string> = {}): Promise<SampleProcess> {
    return new SampleProcess(await freePort(), settings);
  }

  /** Started, and ready to be asked. */
  static async start(settings: Record<string, string> = {}): Promise<SampleProcess> {
    const app = await SampleProcess.spawn(settings);
    const ready = async () => {
      const { status } = await app.fetch('/health/ready');
      if (status !== 200) throw new Error(`not ready: ${status}. ${app.output}`);
    };
    await vi.waitFor(ready, { timeout: 60_000, interval: 200 });
    return app;
  }

  async fetch(path: string, init?: RequestInit): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.port}${path}`, init);
  }

  async json(path: string): Promise<Record<string, unknown>> {
    return (await this.fetch(path)).json() as Promise<Record<string, unknown>>;
  }

  /** Starts a batch, and waits until all of it is done. */
  async runBatch(): Promise<Record<string, unknown>> {
    const started = await this.fetch('/batches', { method: 'POST' });
    if (!started.ok) throw new Error(`no batch was started: ${started.status}. ${this.output}`);
    const done = async () => {
      const latest = await this.json('/batches/latest');
      if (latest['state'] !== 'done') throw new Error(`not done: ${JSON.stringify(latest)}`);
      return latest;
    };
    return vi.waitFor(done, { timeout: 120_000, interval: 200 });
  }

  /** Starts a batch with the terminal client, which ends when the batch does. Returns what it has drawn. */
  async watchBatch(): Promise<string> {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['dist/cli/watch-batch.js'], {
      cwd: FOLDER,
      env: { ...process.env, PORT: String(this.port), NODE_OPTIONS: '' },
      timeout: 120_000,
    });
    return `${stderr}${stdout}`;
  }

  /** Bytes of the files that it has made for itself. */
  static async dataBytes(): Promise<number> {
    const folder = join(FOLDER, 'data');
    const files = await readdir(folder);
    const sizes = await Promise.all(files.map(async (file) => (await stat(join(folder, file))).size));
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  /** Asks for a report, and waits until its job has ended. */
  async runReport(market: string): Promise<Record<string, unknown>> {
    const { links } = (await (await this.fetch(`/reports/${market}`, { method: 'POST' })).json()) as {
      links: { progress: string };
    };
    const ended = async () => {
      const job = await this.json(links.progress);
      if (!/completed|failed/.test(String(job['state'])))
        throw new Error(`not ended: ${JSON.stringify(job)}`);
      return job;
    };
    return vi.waitFor(ended, { timeout: 120_000, interval: 50 });
  }

  /** The processes of its isolated tasks that have told of themselves, and whether they run. */
  get children(): readonly { readonly pid: number; readonly isAlive: boolean }[] {
    const pids = new Set([...this.output.matchAll(/ isolated=\S+ pid=(\d+)/g)].map(([, pid]) => Number(pid)));
    return [...pids].map((pid) => ({ pid, isAlive: isAlive(pid) }));
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** The signal that ended it, or its exit code. */
  async end(): Promise<NodeJS.Signals | number | null> {
    await this.ended;
    return this.child.signalCode ?? this.child.exitCode;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
