import { Injectable } from '@nestjs/common';
import { Cron, Interval, ScheduleModule, SchedulerRegistry, Timeout } from '@nestjs/schedule';
import { Test, type TestingModule } from '@nestjs/testing';
import { ResilienceModule, VITALS_INTERVAL } from 'nestjs-headroom';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { RecordingLogger } from '../queue/recording-logger.js';

@Injectable()
class Ticker {
  crons = 0;
  intervals = 0;
  timeouts = 0;

  @Cron('* * * * * *', { name: 'every-second' })
  cron(): void {
    this.crons++;
  }

  @Interval('often', 500)
  interval(): void {
    this.intervals++;
  }

  @Timeout('once', 1500)
  timeout(): void {
    this.timeouts++;
  }
}

const resilience = (logIntervalMs: number | false = 60_000) =>
  ResilienceModule.forRoot({ vitals: { logIntervalMs }, tasks: { maxLinesPerSecond: 1000 } });

/** Every way in which an app may come by @nestjs/schedule. */
const SHAPES = [
  ['before', () => [ScheduleModule.forRoot(), resilience()]],
  ['after', () => [resilience(), ScheduleModule.forRoot()]],
  ['asynchronously after', () => [resilience(), ScheduleModule.forRootAsync({ useFactory: () => ({}) })]],
] as const;

let module: TestingModule;
let log: RecordingLogger;

async function start(imports: Parameters<typeof Test.createTestingModule>[0]['imports']): Promise<void> {
  log = new RecordingLogger();
  module = await Test.createTestingModule({ imports: imports ?? [], providers: [Ticker] })
    .setLogger(log)
    .compile();
  await module.init();
}

const registry = (): SchedulerRegistry => module.get(SchedulerRegistry, { strict: false });

afterEach(async () => {
  await module.close();
  vi.useRealTimers();
});

describe.each(SHAPES)('an app that imports ScheduleModule %s ResilienceModule', (_order, imports) => {
  it('runs each handler exactly once per tick, and logs each run once', async () => {
    vi.useFakeTimers({
      now: new Date('2026-01-01T00:00:00.500Z'),
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
    });
    await start(imports());
    await vi.advanceTimersByTimeAsync(5000);
    const { crons, intervals, timeouts } = module.get(Ticker);
    expect({ crons, intervals, timeouts }).toEqual({ crons: 5, intervals: 10, timeouts: 1 });
    expect(log.matching(/task start .* cron=Ticker\.cron$/)).toHaveLength(5);
    expect(log.matching(/task end .* outcome=ok cron=Ticker\.cron$/)).toHaveLength(5);
  });

  it('finds its own handlers and our interval in one registry', async () => {
    await start(imports());
    expect([...registry().getCronJobs().keys()]).toEqual(['every-second']);
    expect(registry().getIntervals().toSorted()).toEqual([VITALS_INTERVAL, 'often'].toSorted());
    expect(registry().getTimeouts()).toEqual(['once']);
  });

  it('can stop our interval', async () => {
    await start(imports());
    registry().deleteInterval(VITALS_INTERVAL);
    expect(registry().doesExist('interval', VITALS_INTERVAL)).toBe(false);
    await expect(module.close()).resolves.toBeUndefined();
  });

  it('says in the boot line that its handlers are wrapped', async () => {
    await start(imports());
    expect(log.matching(/wrapped: 3 scheduled tasks/)).toHaveLength(1);
  });
});

describe('an app that does not import ScheduleModule', () => {
  it('finds our interval in a registry all the same, and can stop it', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    await start([resilience(1000)]);
    await vi.advanceTimersByTimeAsync(2000);
    expect(log.matching(/vitals rss/)).toHaveLength(2);
    expect(registry().getInterval(VITALS_INTERVAL)).toBeDefined();
    registry().deleteInterval(VITALS_INTERVAL);
    await vi.advanceTimersByTimeAsync(5000);
    expect(log.matching(/vitals rss/)).toHaveLength(2);
  });

  it('has no handler run behind its back', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] });
    await start([resilience()]);
    await vi.advanceTimersByTimeAsync(5000);
    expect(module.get(Ticker)).toMatchObject({ crons: 0, intervals: 0, timeouts: 0 });
    expect(registry().getCronJobs().size).toBe(0);
  });

  it('loses none of the lines that Nest logs while it starts', async () => {
    await start([resilience()]);
    for (const name of ['TerminusModule', 'ResilienceModule', 'RootTestModule']) {
      expect(log.matching(new RegExp(`^log ${name} dependencies initialized`))).toHaveLength(1);
    }
  });
});

describe('the vitals line', () => {
  it('tells memory, the loop and the level', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    await start([resilience(1000)]);
    await vi.advanceTimersByTimeAsync(1000);
    const [line] = log.matching(/vitals rss/);
    expect(line).toMatch(
      /^log vitals rss=\d+MB heap=\d+\/\d+MB ext=\d+MB( working-set=\d+(\/\d+)?MB)? loop-max=\d+ms level=normal$/,
    );
  });

  it('is not written, and its interval not there, with `logIntervalMs: false`', async () => {
    await start([resilience(false)]);
    expect(registry().doesExist('interval', VITALS_INTERVAL)).toBe(false);
  });

  it('comes every five minutes by default', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    await start([ResilienceModule.forRoot()]);
    await vi.advanceTimersByTimeAsync(299_000);
    expect(log.matching(/vitals rss/)).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1000);
    expect(log.matching(/vitals rss/)).toHaveLength(1);
  });

  it('is not written after the app has closed', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    await start([resilience(1000)]);
    await module.close();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(log.matching(/vitals rss/)).toHaveLength(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
