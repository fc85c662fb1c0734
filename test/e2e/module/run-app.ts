import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { ResilienceExtras, ResilienceOptions } from 'nestjs-headroom';

const APP = fileURLToPath(new URL('fixtures/app.mjs', import.meta.url));

export type Scenario = 'context' | 'listening' | 'with-schedule' | 'left-open';

export interface AppRun {
  readonly code: number | null;
  /** Set when it had to be killed, because it did not end by itself. */
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface AppReport {
  /** What was logged. */
  readonly lines: readonly string[];
  /** What Node says would keep it alive, before the app was made and after it was closed. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** Runs fixtures/app.mjs over the built package in a process of its own. */
export async function runApp(
  scenario: Scenario,
  options: ResilienceOptions & ResilienceExtras = {},
  nodeOptions = '',
): Promise<AppRun> {
  const child = spawn(process.execPath, [APP, scenario], {
    env: { PATH: process.env.PATH, NODE_OPTIONS: nodeOptions, OPTIONS: JSON.stringify(options) },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 20_000,
    killSignal: 'SIGKILL',
  });
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  const [stdout, stderr, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    closed,
  ]);
  return { code, signal, stdout, stderr };
}

/** The same, for an app that ends well: what it printed. */
export async function reportOf(...args: Parameters<typeof runApp>): Promise<AppReport> {
  const { code, signal, stdout, stderr } = await runApp(...args);
  if (code !== 0) throw new Error(`the app ended with ${code ?? signal}:\n${stdout}${stderr}`);
  return JSON.parse(stdout) as AppReport;
}
