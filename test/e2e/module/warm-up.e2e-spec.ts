import { setTimeout as wait } from 'node:timers/promises';
import { Controller, Get, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppLifecycle, OnWarmUp, ResilienceModule, type WarmUpOptions } from 'nestjs-headroom';
import { beforeEach, describe, expect, it } from 'vitest';

import { onEachPlatform, type RunningApp } from '../../support/platforms.js';
import { RecordingLogger } from '../queue/recording-logger.js';

/** What happened, in order. */
const course: string[] = [];
beforeEach(() => void (course.length = 0));

let release: () => void = () => undefined;
const held = async (signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    release = resolve;
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });

@Injectable()
class PriceCache implements OnApplicationBootstrap {
  async onApplicationBootstrap(): Promise<void> {
    await wait(30);
    course.push('bootstrapped');
  }

  @OnWarmUp()
  async fill(signal: AbortSignal): Promise<void> {
    await wait(10, undefined, { signal });
    course.push('filled');
  }
}

@Controller()
class BundleController {
  @Get('bundle/main')
  main(): string {
    course.push('bundled');
    return 'bundle';
  }

  @Get('broken')
  broken(): never {
    throw new Error('no bundle');
  }
}

const moduleWith = (warmUp: WarmUpOptions, providers: (new () => object)[] = []) => ({
  imports: [ResilienceModule.forRoot({ health: true, warmUp })],
  controllers: [BundleController],
  providers,
});

async function readiness({ url }: RunningApp) {
  const response = await fetch(`${url}/health/ready`);
  const { details } = (await response.json()) as { details: { readiness: object } };
  return { ...details.readiness, status: response.status };
}

const phase = ({ app }: RunningApp) => app.get(AppLifecycle).phase;

onEachPlatform((platform) => {
  const start = async (warmUp: WarmUpOptions, providers: (new () => object)[] = []) => {
    const logger = new RecordingLogger();
    const running = await platform.createApp(moduleWith(warmUp, providers), { logger });
    return { running, warmUpLines: () => logger.matching(/warm/) };
  };

  it('hooks, functions and paths run in that order, and readiness is down until they are done', async () => {
    const quick = () => course.push('function');
    const { running, warmUpLines } = await start({ tasks: ['/bundle/main', quick, held] }, [PriceCache]);
    await expect.poll(() => course).toEqual(['bootstrapped', 'filled', 'function']);
    expect(await readiness(running)).toMatchObject({
      status: 503,
      phase: 'warming-up',
      reason: 'warming up',
    });
    expect(warmUpLines()).toEqual([]);
    release();
    await expect.poll(() => phase(running)).toBe('serving');
    expect(course).toEqual(['bootstrapped', 'filled', 'function', 'bundled']);
    expect(await readiness(running)).toMatchObject({ status: 200, phase: 'serving' });
    expect(warmUpLines()).toEqual([
      expect.stringMatching(
        /^log warmed up in \d\.\ds: 4 tasks \(PriceCache\.fill, quick, held, GET \/bundle\/main\)$/,
      ),
    ]);
  });

  it('a task that fails is said in one line, and the app is ready all the same', async () => {
    const { running, warmUpLines } = await start({ tasks: ['/broken', '/nowhere', '/bundle/main'] });
    await expect.poll(() => phase(running)).toBe('serving');
    expect((await readiness(running)).status).toBe(200);
    expect(warmUpLines()).toEqual([
      expect.stringMatching(
        /^error warm-up failed: GET \/broken: answered 500, GET \/nowhere: answered 404; 1 of 3 tasks done in .*ready all the same/,
      ),
    ]);
  });

  it('an app that is to stay unready does, when a task takes too long', async () => {
    const { running, warmUpLines } = await start({ tasks: [held], timeoutMs: 50, onFailure: 'unready' });
    await expect.poll(warmUpLines).toHaveLength(1);
    expect(warmUpLines()[0]).toContain('held: not done in time; 0 of 1 task done');
    expect(await readiness(running)).toMatchObject({ status: 503, reason: 'warm-up failed' });
  });

  it('a shutdown does not wait for it', async () => {
    let signal: AbortSignal | undefined;
    const hangs = async (given: AbortSignal) => {
      signal = given;
      return new Promise<void>(() => undefined);
    };
    const { running, warmUpLines } = await start({ tasks: [hangs, '/bundle/main'] });
    await expect.poll(() => signal).toBeDefined();
    const since = performance.now();
    await running.close();
    expect(performance.now() - since).toBeLessThan(2000);
    expect(signal?.aborted).toBe(true);
    expect(phase(running)).toBe('drained');
    await wait(20);
    expect(warmUpLines()).toEqual([]);
    expect(course).toEqual([]);
  });

  it('without tasks there is no phase for it', async () => {
    const { running, warmUpLines } = await start({});
    expect(phase(running)).toBe('serving');
    expect(warmUpLines()).toEqual([]);
  });

  it('paths wait for an app that listens long after it is up', async () => {
    const logger = new RecordingLogger();
    const running = await platform.createApp(moduleWith({ tasks: ['/bundle/main'], timeoutMs: 5000 }), {
      logger,
      configure: async (app) => {
        await app.init();
        await wait(100);
        expect(app.get(AppLifecycle).phase).toBe('warming-up');
      },
    });
    await expect.poll(() => phase(running)).toBe('serving');
    expect(course).toEqual(['bundled']);
  });
});

describe('an app without HTTP', () => {
  it('runs hooks and functions, and says that it has no paths', async () => {
    const logger = new RecordingLogger();
    class App {}
    const { imports } = moduleWith({ tasks: [() => course.push('function'), '/bundle/main'] });
    const app = await NestFactory.createApplicationContext(
      { module: App, imports, providers: [PriceCache] },
      { logger },
    );
    await expect.poll(() => app.get(AppLifecycle).phase).toBe('serving');
    expect(course).toEqual(['bootstrapped', 'filled', 'function']);
    expect(
      logger.matching(/warm-up failed: GET \/bundle\/main: this app has no HTTP server; 2 of 3/),
    ).toHaveLength(1);
    await app.close();
  });
});
