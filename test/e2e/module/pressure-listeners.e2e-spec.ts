import { Controller, Get, Injectable, Scope } from '@nestjs/common';
import { OnPressureChange, type PressureChange, PressureService, ResilienceModule } from 'nestjs-headroom';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';

import { onEachPlatform, type RunningApp } from '../../support/platforms.js';
import { PressureDial } from '../pressure-dial.js';
import { RecordingLogger } from '../queue/recording-logger.js';

@Injectable()
class Cache {
  readonly changes: PressureChange[] = [];

  @OnPressureChange()
  resize(change: PressureChange): void {
    this.changes.push(change);
  }
}

@Controller('levels')
class LevelsController {
  readonly levels: string[] = [];

  @OnPressureChange()
  note({ to }: PressureChange): void {
    this.levels.push(to);
  }

  @Get()
  list(): string[] {
    return this.levels;
  }
}

@Injectable()
class Broken {
  thrown = 0;
  rejected = 0;

  @OnPressureChange()
  throwing(): void {
    this.thrown++;
    throw new Error('cannot drop');
  }

  @OnPressureChange()
  async rejecting(): Promise<void> {
    this.rejected++;
    await Promise.reject(new Error('cannot drop later'));
  }
}

@Injectable({ scope: Scope.REQUEST })
class PerRequest {
  @OnPressureChange()
  never(): void {
    throw new Error('has no instance');
  }
}

const dial = new PressureDial();

onEachPlatform((platform) => {
  let current: RunningApp | undefined;
  afterEach(async () => {
    await current?.close();
    dial.release();
  });

  async function start() {
    const log = new RecordingLogger();
    const running = await platform.createApp(
      {
        imports: [ResilienceModule.forRoot(dial.options())],
        // First, so that the others come after a handler that throws.
        providers: [Broken, Cache, PerRequest, { provide: 'same cache', useExisting: Cache }],
        controllers: [LevelsController],
      },
      { logger: log },
    );
    current = running;
    return { ...running, log, pressure: running.app.get(PressureService) };
  }

  describe('@OnPressureChange()', () => {
    it('is called with each change, once, in providers and in controllers', async () => {
      const { app, pressure } = await start();
      for (const level of ['elevated', 'critical', 'normal'] as const) await dial.turnTo(level, pressure);
      const { changes } = app.get(Cache);
      expect(changes.map(({ from, to }) => `${from} -> ${to}`)).toEqual([
        'normal -> elevated',
        'elevated -> critical',
        'critical -> normal',
      ]);
      expect(app.get(LevelsController).levels).toEqual(['elevated', 'critical', 'normal']);
      expect(changes[1]).toMatchObject({
        wasInLevelForMs: expect.any(Number) as number,
        verdict: {
          level: 'critical',
          reasons: [expect.stringMatching(/^rss \d+\/\d+MB \(9\d %\)/) as string],
          score: expect.closeTo(0.97, 1) as number,
        },
      });
      expect(changes[1]!.verdict.since).toBeGreaterThanOrEqual(changes[0]!.verdict.since);
    });

    it('that throws or rejects is reported once and disturbs nothing', async () => {
      const { app, log, pressure, url } = await start();
      for (let count = 0; count < 2; count++) {
        await dial.turnTo('critical', pressure);
        await dial.turnTo('normal', pressure);
      }
      expect(app.get(Broken)).toMatchObject({ thrown: 4, rejected: 4 });
      expect(app.get(Cache).changes).toHaveLength(4);
      expect(log.matching(/Broken\.throwing failed.*cannot drop/s)).toHaveLength(1);
      expect(log.matching(/Broken\.rejecting failed.*cannot drop later/s)).toHaveLength(1);
      expect((await fetch(`${url}/levels`)).status).toBe(200);
    });

    it('in a request-scoped class is not called, and the app is warned', async () => {
      const { log, pressure } = await start();
      await dial.turnTo('elevated', pressure);
      expect(log.matching(/PerRequest\.never/)).toEqual([
        'warn PerRequest.never is not called: its class is request-scoped, so there is no instance to call',
      ]);
    });
  });

  it('each change is one line, at a level of its own', async () => {
    const { log, pressure } = await start();
    // An app that has just started grows by itself: with the dial's jump after it, that is a climb.
    await wait(300);
    for (const level of ['elevated', 'critical', 'elevated', 'normal'] as const) {
      await dial.turnTo(level, pressure);
    }
    expect(log.matching(/pressure \w+ -> /)).toEqual([
      expect.stringMatching(
        /^warn pressure normal -> elevated: rss \d+\/\d+MB \(8\d %\) after \d+\.\ds of normal$/,
      ),
      expect.stringMatching(/^error pressure elevated -> critical: rss .* after \d+\.\ds of elevated$/),
      expect.stringMatching(/^warn pressure critical -> elevated: rss .* after \d+\.\ds of critical$/),
      expect.stringMatching(/^log pressure elevated -> normal: \S.* after \d+\.\ds of elevated$/),
    ]);
  });

  it('tells how long the level was, and is, in force', async () => {
    const { app, pressure } = await start();
    await dial.turnTo('elevated', pressure);
    const enteredAt = performance.now();
    await wait(600);
    expect(pressure.verdict.inLevelForMs).toBeGreaterThan(400);
    await dial.turnTo('critical', pressure);
    const { wasInLevelForMs, verdict } = app.get(Cache).changes[1]!;
    expect(wasInLevelForMs).toBeGreaterThan(500);
    expect(wasInLevelForMs).toBeLessThan(performance.now() - enteredAt + 500);
    expect(verdict.inLevelForMs).toBe(0);
  });

  it('a level in which the app starts is told like any other', async () => {
    dial.weigh(dial.limitBytes * 0.97);
    const { app, log } = await start();
    expect(app.get(Cache).changes).toMatchObject([{ from: 'normal', to: 'critical', wasInLevelForMs: 0 }]);
    expect(log.matching(/pressure normal -> critical/)).toHaveLength(1);
  });

  it('changes are an observable too, which completes when the app closes', async () => {
    const running = await start();
    const { pressure } = running;
    const seen: string[] = [];
    pressure.changes.subscribe({ next: ({ to }) => seen.push(to), complete: () => seen.push('complete') });
    await dial.turnTo('critical', pressure);
    await running.close();
    expect(seen).toEqual(['critical', 'complete']);
  });
});
