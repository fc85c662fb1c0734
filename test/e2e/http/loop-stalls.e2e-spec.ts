import { Controller, Get } from '@nestjs/common';
import { EventLoopStalls, type LoopStall, OnLoopStall, ResilienceModule } from 'nestjs-headroom';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';

import { onEachPlatform, type Platform, type RunningApp } from '../../support/platforms.js';
import { RecordingLogger } from '../queue/recording-logger.js';
import { block } from '../queue/work.js';

const STALL_MS = 100;
/** Times are measured by two clocks, and what runs beside counts as well. */
const BLOCK_MS = 200;

@Controller('work')
class WorkController {
  @Get('at-once/:id')
  atOnce() {
    block(BLOCK_MS);
    return 'done';
  }

  @Get('resumed')
  async resumed() {
    await wait(40);
    block(BLOCK_MS);
    return 'done';
  }

  @Get('waiting')
  async waiting() {
    await wait(500);
    return 'done';
  }

  /** What is slow here is the answer, after the handler. */
  @Get('serialized')
  serialized() {
    return {
      toJSON: () => {
        block(BLOCK_MS);
        return {};
      },
    };
  }

  @Get('fails')
  fails(): never {
    block(BLOCK_MS);
    throw new Error('after all that');
  }
}

class Watcher {
  readonly seen: LoopStall[] = [];

  @OnLoopStall()
  stalled(stall: LoopStall): void {
    this.seen.push(stall);
  }
}

interface StallApp extends RunningApp {
  readonly log: RecordingLogger;
  readonly stalls: EventLoopStalls;
  readonly watcher: Watcher;
  /** The stalls since the last call, when there is one. */
  next(): Promise<readonly LoopStall[]>;
}

async function start(
  platform: Platform,
  options: Parameters<typeof ResilienceModule.forRoot>[0] = {},
): Promise<StallApp> {
  const log = new RecordingLogger();
  const running = await platform.createApp(
    {
      imports: [ResilienceModule.forRoot({ eventLoop: { stallMs: STALL_MS }, health: true, ...options })],
      controllers: [WorkController],
      providers: [Watcher],
    },
    { logger: log },
  );
  await wait(100);
  const watcher = running.app.get(Watcher);
  watcher.seen.length = 0;
  return {
    ...running,
    log,
    watcher,
    stalls: running.app.get(EventLoopStalls),
    next: async () => {
      await vi.waitFor(() => expect(watcher.seen).not.toEqual([]));
      return watcher.seen.splice(0);
    },
  };
}

const request = (name: string) => ({ kind: 'request', name });

onEachPlatform((platform) => {
  describe('a handler that blocks the loop', () => {
    it('is named with its route, for certain, when it does so before its first await', async () => {
      const app = await start(platform);
      const open = fetch(`${app.url}/work/waiting`);
      await wait(30);
      await fetch(`${app.url}/work/at-once/17`);
      const [stall] = await app.next();
      expect(stall).toMatchObject({
        certainty: 'certain',
        by: [request('GET /work/at-once/:id')],
        others: 0,
      });
      expect(stall!.durationMs).toBeGreaterThanOrEqual(BLOCK_MS);
      expect(stall!.durationMs).toBeLessThan(BLOCK_MS * 1.5);
      expect(Date.now() - stall!.at).toBeLessThan(2000);
      expect(app.log.matching(/event loop/)).toEqual([
        expect.stringMatching(
          /^warn event loop blocked for 2\d\dms by request=GET \/work\/at-once\/:id \(threshold 100ms\)\. Split the work with yieldIfDue\(\)/,
        ),
      ]);
      await open;
      await app.close();
    });

    it('is named when it throws', async () => {
      const app = await start(platform);
      expect((await fetch(`${app.url}/work/fails`)).status).toBe(500);
      expect(await app.next()).toMatchObject([{ certainty: 'certain', by: [request('GET /work/fails')] }]);
      await app.close();
    });

    it.each(['resumed', 'serialized'])('is likely when nothing else was under way: %s', async (path) => {
      const app = await start(platform);
      await fetch(`${app.url}/work/${path}`);
      expect(await app.next()).toMatchObject([
        { certainty: 'likely', by: [request(`GET /work/${path}`)], others: 0 },
      ]);
      await app.close();
    });

    it.each(['resumed', 'serialized'])('is among those that were under way: %s', async (path) => {
      const app = await start(platform);
      const open = [fetch(`${app.url}/work/waiting`), fetch(`${app.url}/work/waiting`)];
      await wait(50);
      await fetch(`${app.url}/work/${path}`);
      const [stall] = await app.next();
      expect(stall).toMatchObject({ certainty: 'one-of', others: 0 });
      expect(stall!.by).toEqual([request(`GET /work/${path}`), request('GET /work/waiting')]);
      expect(app.log.matching(/by one of request=GET \/work\/\w+, request=GET \/work\/waiting/)).toHaveLength(
        1,
      );
      await Promise.all(open);
      await app.close();
    });
  });

  it('remembers no request that is over, or whose client has gone', async () => {
    const app = await start(platform);
    const gone = new AbortController();
    const open = [1, 2, 3].map(() => fetch(`${app.url}/work/waiting`, { signal: gone.signal }));
    await fetch(`${app.url}/nowhere`);
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    const pipelined = 'GET /work/waiting HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(3);
    socket.write(pipelined);
    await wait(100);
    setTimeout(() => block(BLOCK_MS), 0);
    expect(await app.next()).toMatchObject([{ certainty: 'likely', by: [request('GET /work/waiting')] }]);

    gone.abort();
    socket.destroy();
    await Promise.allSettled(open);
    await wait(50);
    setTimeout(() => block(BLOCK_MS), 0);
    expect(await app.next()).toMatchObject([{ certainty: 'unknown', by: [] }]);
    await app.close();
  });

  it('tells the last one in the health check, which stays up', async () => {
    const app = await start(platform, {
      eventLoop: { stallMs: 50 },
      pressure: { maxEventLoopDelayMs: 60_000 },
    });
    const health = async () => {
      const answer = (await (await fetch(`${app.url}/health`)).json()) as {
        details: { event_loop: Record<string, unknown> };
      };
      return answer.details.event_loop;
    };
    expect(await health()).not.toHaveProperty('lastStall');
    await fetch(`${app.url}/work/at-once/1`);
    await app.next();
    expect(await health()).toMatchObject({
      status: 'up',
      lastStall: {
        at: expect.stringMatching(/^\d{4}-/) as unknown,
        durationMs: Math.round(app.stalls.last!.durationMs),
        certainty: 'certain',
        by: ['request=GET /work/at-once/:id'],
      },
    });
    vi.setSystemTime(Date.now() + 61_000);
    expect(await health()).not.toHaveProperty('lastStall');
    vi.useRealTimers();
    await app.close();
  });

  it('counts and publishes them, and completes when the app closes', async () => {
    const app = await start(platform);
    const published: LoopStall[] = [];
    let isComplete = false;
    app.stalls.stalls.subscribe({
      next: (each) => published.push(each),
      complete: () => (isComplete = true),
    });
    await fetch(`${app.url}/work/at-once/1`);
    await fetch(`${app.url}/work/at-once/2`);
    await vi.waitFor(() => expect(published).toHaveLength(2));
    expect(app.watcher.seen).toEqual(published);
    expect(app.stalls.last).toBe(published[1]);
    const { stalls, named, blockedMs, longestMs } = app.stalls.counters;
    expect([stalls, named]).toEqual([2, 2]);
    expect(blockedMs).toBeGreaterThanOrEqual(2 * BLOCK_MS);
    expect(longestMs).toBeGreaterThanOrEqual(BLOCK_MS);
    expect(longestMs).toBeLessThanOrEqual(blockedMs - BLOCK_MS);
    await app.close();
    expect(isComplete).toBe(true);
    block(BLOCK_MS);
    await wait(60);
    expect(published).toHaveLength(2);
  });

  it('is silent when switched off', async () => {
    const app = await start(platform, { eventLoop: { stallMs: false } });
    await fetch(`${app.url}/work/at-once/1`);
    await wait(100);
    expect(app.watcher.seen).toEqual([]);
    expect(app.log.matching(/event loop/)).toEqual([]);
    await app.close();
  });
});
