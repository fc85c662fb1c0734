import { Controller, Get } from '@nestjs/common';
import { EventLoopStalls, type LoopStall, OnLoopStall, ResilienceModule } from 'nestjs-headroom';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { onEachPlatform, type Platform, type RunningApp } from '../../support/platforms.js';
import { RecordingLogger } from '../queue/recording-logger.js';
import { block } from '../queue/work.js';

const STALL_MS = 100;
/** Times are measured by two clocks, and what runs beside counts as well. */
const BLOCK_MS = 200;
const SOON = { timeout: 10_000 };

/** Lets go the requests that are held. */
const held: (() => void)[] = [];

@Controller('calls')
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

  /** Until the spec lets it go. */
  @Get('held')
  async held() {
    await new Promise<void>((resolve) => held.push(resolve));
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

const started: RunningApp[] = [];

afterEach(async () => {
  for (const letGo of held.splice(0)) letGo();
  for (const app of started.splice(0)) await app.close();
});

/** Requests that are under way until the end of the spec. */
async function hold(app: RunningApp, count: number): Promise<void> {
  const before = held.length;
  for (let more = count; more > 0; more--) void fetch(`${app.url}/calls/held`).catch(() => undefined);
  await vi.waitFor(() => expect(held).toHaveLength(before + count), SOON);
}

interface StallApp extends RunningApp {
  readonly log: RecordingLogger;
  readonly stalls: EventLoopStalls;
  readonly watcher: Watcher;
  /** A stall of which this is true. On a busy machine the loop is held up by others as well. */
  stall(facts: Partial<LoopStall>): Promise<LoopStall>;
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
  started.push(running);
  await wait(100);
  const watcher = running.app.get(Watcher);
  watcher.seen.length = 0;
  return {
    ...running,
    log,
    watcher,
    stalls: running.app.get(EventLoopStalls),
    stall: (facts) =>
      vi.waitFor(() => {
        expect(watcher.seen).toContainEqual(expect.objectContaining(facts));
        return watcher.seen.find((each) => each.certainty === facts.certainty)!;
      }, SOON),
  };
}

const isCertain = ({ certainty }: LoopStall) => certainty === 'certain';
const request = (name: string) => ({ kind: 'request', name }) as const;

onEachPlatform((platform) => {
  describe('a handler that blocks the loop', () => {
    it('is named with its route, for certain, when it does so before its first await', async () => {
      const app = await start(platform);
      await hold(app, 1);
      await fetch(`${app.url}/calls/at-once/17`);
      const { durationMs, at } = await app.stall({
        certainty: 'certain',
        by: [request('GET /calls/at-once/:id')],
        others: 0,
      });
      expect(durationMs).toBeGreaterThanOrEqual(BLOCK_MS);
      expect(durationMs).toBeLessThan(BLOCK_MS * 2);
      expect(Date.now() - at).toBeLessThan(SOON.timeout);
      expect(
        app.log.matching(
          /^warn event loop blocked for \d+ms by request=GET \/calls\/at-once\/:id \(threshold 100ms\)\. Split the work with yieldIfDue\(\)/,
        ),
      ).not.toEqual([]);
    });

    it('is named when it throws', async () => {
      const app = await start(platform);
      expect((await fetch(`${app.url}/calls/fails`)).status).toBe(500);
      expect(await app.stall({ certainty: 'certain', by: [request('GET /calls/fails')] })).toMatchObject({
        others: 0,
      });
    });

    it.each(['resumed', 'serialized'])('is likely when nothing else was under way: %s', async (path) => {
      const app = await start(platform);
      await fetch(`${app.url}/calls/${path}`);
      expect(await app.stall({ certainty: 'likely', by: [request(`GET /calls/${path}`)] })).toMatchObject({
        others: 0,
      });
    });

    it.each(['resumed', 'serialized'])('is among those that were under way: %s', async (path) => {
      const app = await start(platform);
      await hold(app, 2);
      await fetch(`${app.url}/calls/${path}`);
      const by = [request(`GET /calls/${path}`), request('GET /calls/held')];
      expect(await app.stall({ certainty: 'one-of', by })).toMatchObject({ others: 0 });
      expect(app.log.matching(/by one of request=GET \/calls\/\w+, request=GET \/calls\/held/)).not.toEqual(
        [],
      );
    });
  });

  it('remembers no request that is over, or whose client has gone', async () => {
    const app = await start(platform);
    await fetch(`${app.url}/nowhere`);
    const pipelining = connect(Number(new URL(app.url).port), '127.0.0.1');
    pipelining.write('GET /calls/held HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(3));
    const gone = new AbortController();
    const open = fetch(`${app.url}/calls/held`, { signal: gone.signal });
    await vi.waitFor(() => expect(held).toHaveLength(4), SOON);
    setTimeout(() => block(BLOCK_MS), 0);
    expect(await app.stall({ certainty: 'one-of', by: [request('GET /calls/held')] })).toMatchObject({
      others: 0,
    });

    gone.abort();
    pipelining.destroy();
    await expect(open).rejects.toThrow('aborted');
    await wait(100);
    setTimeout(() => block(BLOCK_MS), 0);
    expect(await app.stall({ certainty: 'unknown', by: [] })).toMatchObject({ others: 0 });
  });

  it('tells the last one in the health check, which stays up', async () => {
    const app = await start(platform, {
      eventLoop: { stallMs: BLOCK_MS - 20 },
      pressure: { maxEventLoopDelayMs: 60_000 },
    });
    const health = async () => {
      const answer = (await (await fetch(`${app.url}/health`)).json()) as {
        details: { event_loop: Record<string, unknown> };
      };
      return answer.details.event_loop;
    };
    expect('lastStall' in (await health())).toBe(app.stalls.last !== undefined);
    await fetch(`${app.url}/calls/at-once/1`);
    await app.stall({ certainty: 'certain' });
    expect(await health()).toMatchObject({
      status: 'up',
      lastStall: {
        at: expect.stringMatching(/^\d{4}-/) as unknown,
        durationMs: Math.round(app.stalls.last!.durationMs),
        certainty: 'certain',
        by: ['request=GET /calls/at-once/:id'],
      },
    });
    vi.setSystemTime(Date.now() + 61_000);
    expect(await health()).not.toHaveProperty('lastStall');
    vi.useRealTimers();
  });

  it('counts and publishes them, and completes when the app closes', async () => {
    const app = await start(platform);
    const published: LoopStall[] = [];
    let isComplete = false;
    app.stalls.stalls.subscribe({
      next: (each) => published.push(each),
      complete: () => (isComplete = true),
    });
    await fetch(`${app.url}/calls/at-once/1`);
    await app.stall({ certainty: 'certain' });
    await fetch(`${app.url}/calls/at-once/2`);
    await vi.waitFor(() => expect(published.filter(isCertain)).toHaveLength(2), SOON);
    expect(app.watcher.seen).toEqual(published);
    expect(app.stalls.last).toBe(published.at(-1));
    const { stalls, named, blockedMs, longestMs } = app.stalls.counters;
    expect(stalls).toBe(published.length);
    expect(named).toBeGreaterThanOrEqual(2);
    expect(blockedMs).toBeGreaterThanOrEqual(2 * BLOCK_MS);
    expect(longestMs).toBeGreaterThanOrEqual(BLOCK_MS);
    expect(longestMs).toBeLessThanOrEqual(blockedMs - BLOCK_MS);
    const before = published.length;
    await app.close();
    expect(isComplete).toBe(true);
    block(BLOCK_MS);
    await wait(60);
    expect(published).toHaveLength(before);
  });

  it('is silent when switched off', async () => {
    const app = await start(platform, { eventLoop: { stallMs: false } });
    await fetch(`${app.url}/calls/at-once/1`);
    await wait(100);
    expect(app.watcher.seen).toEqual([]);
    expect(app.log.matching(/event loop/)).toEqual([]);
  });
});
