import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { MemorySnapshot, PressureService, ResilienceModule, VitalsService } from 'nestjs-headroom';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { RecordingLogger } from '../queue/recording-logger.js';
import { reportOf, runApp, type Scenario } from './run-app.js';

const QUICK = { vitals: { sampleIntervalMs: 50 } };

async function compile(log = new RecordingLogger(), providers: (new () => object)[] = []) {
  return Test.createTestingModule({ imports: [ResilienceModule.forRoot(QUICK)], providers })
    .setLogger(log)
    .compile();
}

describe('a process of its own', () => {
  it.each<Scenario>(['context', 'listening', 'with-schedule'])(
    'ends by itself when its app has closed: %s',
    async (scenario) => {
      const { before, after } = await reportOf(scenario, { health: true });
      expect(after).toEqual(before);
    },
  );

  it('ends by itself even when its app is left open: our timers hold nothing', async () => {
    const { lines } = await reportOf('left-open');
    expect(lines.some((line) => line.includes('memory limit'))).toBe(true);
  });

  it('ends with an exit code and the reason when its options cannot be used', async () => {
    const { code, stdout, stderr } = await runApp('context', { memory: { limit: '1px' } });
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain('memory.limit: received "1px"; allowed: bytes or a text');
  });
});

describe('an app that is closed', () => {
  afterEach(() => vi.useRealTimers());

  it('leaves no timer, and its streams complete', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] });
    const app = await compile();
    await app.init();
    const completed: string[] = [];
    app.get(VitalsService).samples.subscribe({ complete: () => completed.push('samples') });
    app.get(PressureService).verdicts.subscribe({ complete: () => completed.push('verdicts') });
    app.get(PressureService).changes.subscribe({ complete: () => completed.push('changes') });
    expect(vi.getTimerCount()).toBeGreaterThan(0);
    await app.close();
    expect(vi.getTimerCount()).toBe(0);
    expect(completed.toSorted()).toEqual(['changes', 'samples', 'verdicts']);
  });

  it('before it was initialised, closes', async () => {
    const app = await compile();
    await expect(app.close()).resolves.toBeUndefined();
  });

  it('when its start has failed, leaves no timer: a process that tries again is not watched twice', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] });
    class Unlucky implements OnModuleInit {
      onModuleInit(): void {
        throw new Error('no database');
      }
    }
    const app = await compile(new RecordingLogger(), [Unlucky]);
    await expect(app.init()).rejects.toThrow('no database');
    await app.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('while it initialises, closes and leaves no timer', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] });
    const app = (await compile()).createNestApplication();
    const initialising = app.init();
    await expect(app.close()).resolves.toBeUndefined();
    await initialising;
    expect(vi.getTimerCount()).toBe(0);
  });

  it('twice, closes', async () => {
    const app = await compile();
    await app.init();
    await app.close();
    await expect(app.close()).resolves.toBeUndefined();
  });

  it('after its start has failed elsewhere, closes and leaves no timer', async () => {
    @Injectable()
    class Broken implements OnModuleInit {
      onModuleInit(): void {
        throw new Error('no database');
      }
    }
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] });
    const app = await compile(new RecordingLogger(), [Broken]);
    await expect(app.init()).rejects.toThrow('no database');
    await expect(app.close()).resolves.toBeUndefined();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('two apps in one process', () => {
  class Work {
    @MemorySnapshot('work')
    run(): string {
      return 'done';
    }
  }

  it('sample for themselves, and closing one leaves the other at work', async () => {
    const first = await compile();
    const second = await compile();
    await first.init();
    await second.init();
    await second.close();
    const [stays, ends] = [first.get(VitalsService), second.get(VitalsService)];
    const lastOfClosed = ends.last;
    for (let count = 0; count < 3; count++) {
      const { last } = stays;
      await expect.poll(() => stays.last, { timeout: 5000, interval: 10 }).not.toBe(last);
    }
    expect(ends.last).toBe(lastOfClosed);
    await first.close();
  });

  it('log a task once: the newest does, and after it the one before', async () => {
    const log = new RecordingLogger();
    const first = await compile(log);
    const second = await compile(log);
    await first.init();
    await second.init();
    const tasks = () => log.matching(/ method=work$/).length;
    expect(new Work().run()).toBe('done');
    expect(tasks()).toBe(2);
    await second.close();
    new Work().run();
    expect(tasks()).toBe(4);
    await first.close();
    expect(new Work().run()).toBe('done');
    expect(tasks()).toBe(4);
  });
});
