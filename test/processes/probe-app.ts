import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ResilienceOptions } from 'nestjs-headroom';

import { freePort } from '../support/free-port.js';
import { WorkerApp } from './worker-app.js';

const FIXTURE = fileURLToPath(new URL('./fixtures/probe-app.mjs', import.meta.url));

export interface ProbeAppSetup {
  readonly platform?: 'express' | 'fastify';
  /** Without Headroom. */
  readonly isBare?: boolean;
  readonly resilience?: ResilienceOptions;
  /** Milliseconds that `onModuleInit()` takes. */
  readonly bootMs?: number;
  /** Milliseconds that a task of the warm-up takes. */
  readonly warmUpMs?: number;
  /** Milliseconds for which SIGUSR2 blocks the event loop. */
  readonly blockMs?: number;
}

/** fixtures/probe-app.mjs in a process of its own. SIGHUP closes the app without ending the process. */
export class ProbeApp {
  readonly app: WorkerApp;
  stderr = '';

  /** @param detached whether it has a process group of its own, to be signalled as a whole */
  constructor(setup: ProbeAppSetup, environment: Record<string, string> = {}, detached = false) {
    this.app = WorkerApp.spawn(setup, (_args, env) => {
      const child = spawn(process.execPath, [FIXTURE], {
        env: { ...env, ...environment },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached,
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
      return child;
    });
  }

  static async start(setup: ProbeAppSetup, environment?: Record<string, string>): Promise<ProbeApp> {
    const started = new ProbeApp(setup, environment);
    await started.app.see('ready');
    return started;
  }
}

/** Options of a probe on a free port, and where it will answer. */
export async function probeOn(options: Partial<NonNullable<ResilienceOptions['probe']>> = {}) {
  const port = await freePort();
  return { probe: { port, host: '127.0.0.1', ...options }, url: `http://127.0.0.1:${port}` };
}

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** The answer, `undefined` when there is none. */
export async function ask(url: string): Promise<Answer | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  } catch {
    return undefined;
  }
}
