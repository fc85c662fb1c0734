import type { IncomingHttpHeaders } from 'node:http';
import { type CanActivate, Controller, Get, Injectable, UseGuards } from '@nestjs/common';
import { Cooperative, ResilienceModule, SingleFlight, staggered } from 'nestjs-headroom';
import { expect, it } from 'vitest';

import { onEachPlatform, type Platform } from '../../support/platforms.js';
import { startProbe } from '../../support/probe.js';
import { block } from '../queue/work.js';

const REQUESTS = 30;
/** What each request does with the bundle, once it is there. */
const WORK_MS = 100;
const PROBE_MS = 50;

/** Milliseconds since 1970, with fractions: the same in all processes. */
const now = () => performance.timeOrigin + performance.now();

/** One bundle that is there when all requests of a run wait for it. */
class Build {
  builds = 0;
  private waiting = 0;
  private done!: (bundle: string) => void;
  running: Promise<string> | undefined;
  staggered: Promise<string> | undefined;

  readonly make = (): Promise<string> => {
    this.builds++;
    return new Promise((done) => (this.done = done));
  };

  /** The answer of the last one to wait comes from outside of its request, as that of a database does. */
  isWaitedFor<T>(promise: Promise<T>): Promise<T> {
    if (++this.waiting === REQUESTS) setTimeout(() => this.done('bundle'), 10);
    return promise;
  }

  get plain(): Promise<string> {
    return (this.running ??= this.make());
  }
}

@Injectable()
class BundleIsBuilt implements CanActivate {
  constructor(private readonly build: Build) {}

  async canActivate(): Promise<boolean> {
    return Boolean(await this.build.isWaitedFor(this.build.plain));
  }
}

/** When the work of each request ended. */
const ended: number[] = [];

function answer(bundle: string): string {
  block(WORK_MS);
  ended.push(now());
  return bundle;
}

@Controller('bundle')
class BundleController {
  readonly flights = new SingleFlight<string, string>();

  constructor(private readonly build: Build) {}

  @Get('plain')
  async plain(): Promise<string> {
    return answer(await this.build.isWaitedFor(this.build.plain));
  }

  @Get('single-flight')
  async singleFlight(): Promise<string> {
    return answer(await this.build.isWaitedFor(this.flights.run('bundle', this.build.make)));
  }

  @Get('staggered')
  async staggered(): Promise<string> {
    this.build.staggered ??= staggered(this.build.plain);
    return answer(await this.build.isWaitedFor(this.build.staggered));
  }

  @Get('cooperative')
  @UseGuards(BundleIsBuilt)
  @Cooperative()
  cooperative(): string {
    return answer('bundle');
  }
}

/**
 * Thirty requests for one bundle, while a process of its own asks for /health. How many of the thirty each of its requests
 * had to wait for, from the least to the most: counted, since milliseconds tell of a busy machine as well.
 */
async function run(platform: Platform, how: string): Promise<{ waitedFor: number[]; failures: number }> {
  ended.length = 0;
  const waitedFor: number[] = [];
  const countWork = (request: { headers: IncomingHttpHeaders }, _response: unknown, next: () => void) => {
    const sentAt = request.headers['x-sent-at'];
    if (sentAt) waitedFor.push(ended.filter((at) => at > Number(sentAt)).length);
    next();
  };
  const running = await platform.createApp(
    {
      imports: [ResilienceModule.forRoot({ mode: 'observe', health: true })],
      controllers: [BundleController],
      providers: [Build],
    },
    { configure: (configured) => void configured.use(countWork) },
  );
  const probe = await startProbe(`${running.url}/health/live`, { intervalMs: PROBE_MS });
  waitedFor.length = 0;
  const answers = await Promise.all(
    Array.from({ length: REQUESTS }, async () => {
      const response = await fetch(`${running.url}/bundle/${how}`);
      return response.text();
    }),
  );
  expect(answers).toEqual(answers.map(() => 'bundle'));
  expect(running.app.get(Build).builds).toBe(1);
  // It has asked during all of the work, and all that was asked then is answered.
  await expect
    .poll(() => waitedFor.length, { timeout: 5000 })
    .toBeGreaterThan((REQUESTS * WORK_MS) / PROBE_MS / 2);
  const { failures } = await probe.stop();
  await running.close();
  return { waitedFor: waitedFor.toSorted((a, b) => a - b), failures };
}

function p99Of(sorted: readonly number[]): number {
  return sorted[Math.ceil(sorted.length * 0.99) - 1]!;
}

onEachPlatform((platform) => {
  it('a plain shared promise: /health is answered after all thirty', async () => {
    const { waitedFor } = await run(platform, 'plain');
    expect(p99Of(waitedFor)).toBeGreaterThan(REQUESTS * 0.9);
  });

  it.each(['single-flight', 'staggered', 'cooperative'])(
    '%s: /health is answered within the time of two of them',
    async (how) => {
      const { waitedFor, failures } = await run(platform, how);
      expect(p99Of(waitedFor)).toBeLessThanOrEqual(2);
      expect(failures).toBe(0);
    },
  );
});
