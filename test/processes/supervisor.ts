import { setTimeout as wait } from 'node:timers/promises';

import { type AppSetup, type Spawn, WorkerApp } from './worker-app.js';

const RESTART_AFTER_MS = 100;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Starts an app again whenever it ends, as systemd, Kubernetes or PM2 would. */
export class Supervisor {
  readonly exits: Exit[] = [];
  readonly apps: WorkerApp[] = [];
  private readonly running: Promise<void>;
  private isStopping = false;

  constructor(
    private readonly setup: AppSetup,
    private readonly spawn?: Spawn,
  ) {
    this.running = this.run();
  }

  get current(): WorkerApp {
    return this.apps.at(-1)!;
  }

  /** Lines of the log of all that have run. */
  lines(pattern: RegExp): string[] {
    return this.apps.flatMap((app) => app.lines(pattern));
  }

  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.isStopping = true;
    this.current.kill(signal);
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.isStopping) {
      const app = WorkerApp.spawn(this.setup, this.spawn);
      this.apps.push(app);
      const [code, signal] = await app.end();
      if (this.isStopping) return;
      this.exits.push({ code, signal });
      await wait(RESTART_AFTER_MS);
    }
  }
}
