import { Injectable } from '@nestjs/common';
import { Cron, Interval, SchedulerRegistry, Timeout } from '@nestjs/schedule';
import { MemorySnapshot } from 'nestjs-headroom';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { TaskApp } from './task-app.js';

@Injectable()
class Nightly {
  readonly ran: string[] = [];

  @Cron('* * * * * *')
  async cron(): Promise<void> {
    await Promise.resolve();
    this.ran.push('cron');
  }

  @Interval('sweep', 1000)
  interval(): void {
    this.ran.push('interval');
  }

  @Timeout('warm-up', 1000)
  timeout(): void {
    this.ran.push('timeout');
  }
}

@Injectable()
class Failing {
  @Cron('* * * * * *', { name: 'failing' })
  async run(): Promise<void> {
    await Promise.resolve();
    throw new RangeError('too many rows');
  }
}

@Injectable()
class Marked {
  @MemorySnapshot('marked above')
  @Cron('* * * * * *', { name: 'marked-above' })
  above(): void {}

  @Cron('* * * * * *', { name: 'marked-below' })
  @MemorySnapshot('marked below')
  below(): void {}
}

abstract class Base {
  runs = 0;

  @Cron('* * * * * *')
  run(): void {
    this.runs++;
  }
}
@Injectable()
class Inherited extends Base {}
@Injectable()
class InheritedToo extends Base {}

let app: TaskApp;
beforeEach(() => {
  vi.useFakeTimers({
    now: new Date('2026-01-01T00:00:00.500Z'),
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
  });
});
afterEach(async () => {
  await app.close();
  vi.useRealTimers();
});

const second = () => vi.advanceTimersByTimeAsync(1000);

describe('handlers of @nestjs/schedule', () => {
  it('have a start and an end line each, labelled with what they are', async () => {
    app = await TaskApp.start([Nightly]);
    await second();
    expect(app.module.get(Nightly).ran.toSorted()).toEqual(['cron', 'interval', 'timeout']);
    for (const label of ['cron=Nightly.cron', 'interval=Nightly.interval', 'timeout=Nightly.timeout']) {
      expect(app.lines(` ${label}`)).toEqual([
        expect.stringMatching(/^log task start mem rss=/),
        expect.stringMatching(/^log task end mem rss=.* outcome=ok /),
      ]);
    }
  });

  it('are told to the hooks, with facts in place of a text', async () => {
    app = await TaskApp.start([Nightly]);
    await second();
    const start = app.watcher.starts.find(({ kind }) => kind === 'cron')!;
    expect(start).toMatchObject({ kind: 'cron', name: 'Nightly.cron', startedAt: Date.now() - 500 });
    expect(Object.values(start.memory).every((bytes) => Number.isInteger(bytes) && bytes > 0)).toBe(true);
    const end = app.watcher.ends.find(({ kind }) => kind === 'cron')!;
    expect(end).toMatchObject({
      kind: 'cron',
      name: 'Nightly.cron',
      startedAt: start.startedAt,
      outcome: 'ok',
      error: undefined,
      before: start.memory,
    });
    expect(end.durationMs).toBeGreaterThanOrEqual(0);
    expect(end.peakRssBytes).toBeGreaterThanOrEqual(end.before.rssBytes);
  });

  it('that fail have the name of the error in their end line, and Nest hears of it as before', async () => {
    app = await TaskApp.start([Failing]);
    await second();
    expect(app.lines(' cron=Failing.run')).toEqual([
      expect.stringMatching(/^log task start /),
      expect.stringMatching(/^warn task end .* outcome=failed error=RangeError cron=/),
    ]);
    expect(app.log.matching(/^error RangeError: too many rows/)).toHaveLength(1);
    const failed = app.watcher.ends.find(({ outcome }) => outcome === 'failed')!;
    expect(failed.error).toBeInstanceOf(RangeError);
  });

  it('that are marked @MemorySnapshot too are one task, under the name that was given', async () => {
    app = await TaskApp.start([Marked]);
    await second();
    expect([...app.module.get(SchedulerRegistry).getCronJobs().keys()]).toHaveLength(2);
    expect(app.lines(' method=marked above')).toHaveLength(2);
    expect(app.lines(' method=marked below')).toHaveLength(2);
    expect(app.watcher.starts.filter(({ kind }) => kind !== 'lifecycle')).toHaveLength(2);
  });

  it('that are inherited run once per provider', async () => {
    app = await TaskApp.start([Inherited, InheritedToo]);
    await second();
    expect(app.module.get(Inherited).runs).toBe(1);
    expect(app.module.get(InheritedToo).runs).toBe(1);
    expect(app.watcher.starts.filter(({ kind }) => kind === 'cron').map(({ name }) => name)).toEqual([
      'Inherited.run',
      'InheritedToo.run',
    ]);
  });

  it('have lines in each app that is made of the same class, one after the other', async () => {
    app = await TaskApp.start([Nightly]);
    await app.close();
    app = await TaskApp.start([Nightly]);
    await second();
    expect(app.lines(' cron=Nightly.cron')).toHaveLength(2);
  });

  it('that are called by the app without their instance run as before', async () => {
    class Detached {
      @Cron('0 0 1 1 *')
      run(this: void): string {
        return 'ran';
      }
    }
    app = await TaskApp.start([Detached]);
    const { run } = app.module.get(Detached);
    expect(run()).toBe('ran');
  });

  it('made by a factory are observed where ResilienceModule is imported before ScheduleModule', async () => {
    class Made {
      @Cron('* * * * * *')
      run(): void {}
    }
    app = await TaskApp.start(
      [{ provide: Made, useFactory: () => new Made() }],
      {},
      { resilienceFirst: true },
    );
    await second();
    expect(app.lines(' cron=Made.run')).toHaveLength(2);
  });
});
