import { type INestApplicationContext, Module, type ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type {
  IsolatedRunOptions,
  IsolatedTaskError,
  IsolatedTaskRunner,
  ResilienceOptions,
} from 'nestjs-headroom';
import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The built package: children are started from it, and Node cannot start them from TypeScript. */
export const built = (await import(
  new URL('../../libs/headroom/dist/index.js', import.meta.url).href
)) as typeof import('nestjs-headroom');

export const task = (name: string): string =>
  fileURLToPath(new URL(`./fixtures/${name}.task.mjs`, import.meta.url));
const DEATHS = task('deaths');

/** A real app with the runner, and what it logged. */
export class IsolatedApp {
  private constructor(
    readonly app: INestApplicationContext,
    readonly runner: IsolatedTaskRunner,
    readonly lines: string[],
  ) {}

  static async start(options: ResilienceOptions = {}, { imports = [], ...rest }: ModuleMetadata = {}) {
    const lines: string[] = [];
    const log = (level: string) => (line: unknown) => void lines.push(`${level} ${String(line)}`);
    const logger = { log: log('log'), warn: log('warn'), error: log('error') };
    class AppModule {}
    Module({
      ...rest,
      imports: [
        built.ResilienceModule.forRoot({
          ...options,
          isolation: { heap: '64mb', killAfterMs: 200, ...options.isolation },
        }),
        ...imports,
      ],
    })(AppModule);
    const app = await NestFactory.createApplicationContext(AppModule, { logger });
    return new IsolatedApp(app, app.get(built.IsolatedTaskRunner), lines);
  }

  /** Runs one of `fixtures/deaths.task.mjs`. */
  async do(way: string, data: object = {}, options: IsolatedRunOptions = {}): Promise<unknown> {
    return this.runner.run(DEATHS, { way, ...data }, { name: way, ...options });
  }

  /** The error with which it fails. */
  async deathOf(
    way: string,
    data: object = {},
    options: IsolatedRunOptions = {},
  ): Promise<IsolatedTaskError> {
    try {
      await this.do(way, data, options);
    } catch (error) {
      if (error instanceof built.IsolatedTaskError) return error;
      throw error;
    }
    throw new Error(`${way} did not die`);
  }

  /** Lines about isolated tasks. */
  get told(): string[] {
    return this.lines.filter((line) => line.includes('isolated'));
  }

  get pids(): number[] {
    return this.runner.report().children.map(({ pid }) => pid!);
  }

  /** Waits until no child is left. */
  async allGone(): Promise<void> {
    const deadline = performance.now() + 5000;
    while (this.pids.length > 0) {
      if (performance.now() > deadline) throw new Error(`children are left: ${this.pids.join(', ')}`);
      await wait(5);
    }
  }

  async close(): Promise<void> {
    await this.app.close();
  }
}

export function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}

/** Without what differs from run to run. */
export function settled(text: string): string {
  return text
    .replace(/pid[ =]\d+/g, 'pid N')
    .replace(/\d+(?:\.\d+)?(?= ?(?:MB|\/64MB|\/\d+MB))/g, 'N')
    .replace(/(?<=took=)[\d.]+m?s/g, 'T')
    .replace(/file:\/\/\S*\/(?=fixtures|dist)/g, 'file:///')
    .replace(/(?<=:)\d+:\d+(?=\)?$)/gm, 'L:C')
    .replace(/v\d+\.\d+\.\d+/g, 'vN');
}
