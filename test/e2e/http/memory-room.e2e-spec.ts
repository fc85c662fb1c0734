import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import {
  Controller,
  Get,
  HttpException,
  InternalServerErrorException,
  Param,
  Sse,
  UseGuards,
} from '@nestjs/common';
import {
  MemoryBudgetGuard,
  MemoryCost,
  MemoryLedger,
  type RequestCounters,
  type RequestEvent,
  RequestMonitor,
  ResilienceModule,
  type ResilienceOptions,
  ShedPriority,
  type ShedReason,
  SkipMemoryBudget,
} from 'nestjs-headroom';
import { NEVER, type Observable, startWith } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';

import { onEachPlatform, type RunningApp } from '../../support/platforms.js';
import { PressureDial } from '../pressure-dial.js';

/** One fits under the limit of the dial, which is 256 MB above what the process has; two do not. */
const ONE_AT_A_TIME = '130mb';

@Controller('exports')
@MemoryCost(ONE_AT_A_TIME)
class ExportsController {
  /** In order of their start. */
  readonly started: string[] = [];
  private readonly unfinished = new Map<string, (error?: Error) => void>();

  @Get('normal/:name')
  normal(@Param('name') name: string): Promise<string> {
    return this.work(name);
  }

  @Get('critical/:name')
  @ShedPriority('critical')
  critical(@Param('name') name: string): Promise<string> {
    return this.work(name);
  }

  @Get('sheddable/:name')
  @ShedPriority('sheddable')
  sheddable(@Param('name') name: string): Promise<string> {
    return this.work(name);
  }

  @Get('skipped/:name')
  @SkipMemoryBudget()
  skipped(@Param('name') name: string): Promise<string> {
    return this.work(name);
  }

  @Get('free/:name')
  @MemoryCost('none')
  free(@Param('name') name: string): Promise<string> {
    return this.work(name);
  }

  @Get('twice/:name')
  @UseGuards(MemoryBudgetGuard)
  twice(@Param('name') name: string): Promise<string> {
    return this.work(name);
  }

  @Get('impossible')
  @MemoryCost('64gb')
  impossible(): string {
    return 'impossible';
  }

  finish(name: string, error?: Error): void {
    this.unfinished.get(name)?.(error);
  }

  private work(name: string): Promise<string> {
    this.started.push(name);
    return new Promise((resolve, reject) => {
      this.unfinished.set(name, (error) => (error ? reject(error) : resolve(name)));
    });
  }
}

@Controller('news')
class NewsController {
  @Sse()
  stream(): Observable<string> {
    return NEVER.pipe(startWith('hello'));
  }
}

@Controller('health')
@MemoryCost(ONE_AT_A_TIME)
class HealthController {
  @Get('slow/:name')
  slow(): Promise<string> {
    return new Promise((resolve) => setTimeout(() => resolve('healthy'), 50));
  }
}

/** Blocks the loop for longer than a slice. */
@Controller('spin')
class SpinController {
  /** In which turn of the loop each has started. */
  readonly spins: number[] = [];

  @Get()
  @MemoryCost('1mb')
  spin(): number {
    this.spins.push(turns);
    const until = performance.now() + 30;
    while (performance.now() < until);
    return this.spins.length;
  }
}

let turns = 0;
/** Counts the turns of the event loop. */
function countTurns(): void {
  turns++;
  setImmediate(countTurns).unref();
}

const CONTROLLERS = [ExportsController, NewsController, HealthController, SpinController];
const dial = new PressureDial();
countTurns();

interface App extends RunningApp {
  readonly exports: ExportsController;
  readonly monitor: RequestMonitor;
  ask(path: string, init?: RequestInit): Promise<Response>;
  /** Asks for an export and waits until its handler has started. */
  begin(path: string): Promise<{ readonly answer: Promise<Response> }>;
  /** Asks for an export and waits until it waits for memory. */
  queue(path: string, init?: RequestInit): Promise<{ readonly answer: Promise<Response> }>;
}

function shedOf({ shed }: RequestCounters, reason: ShedReason): number {
  const { critical, normal, sheddable } = shed[reason];
  return critical + normal + sheddable;
}

onEachPlatform((platform) => {
  const apps: App[] = [];
  afterEach(async () => {
    for (const running of apps.splice(0)) {
      // A client that has given up a request may have opened a connection for the next.
      (running.app.getHttpServer() as Server).closeAllConnections();
      await running.close();
    }
  });

  async function start(
    http: ResilienceOptions['http'] = {},
    options: ResilienceOptions = {},
    guard = true,
  ): Promise<App> {
    const imports = [
      ResilienceModule.forRoot({
        ...dial.options({ http: { maxWaitMs: 20_000, ...http }, ...options }),
        guard,
      }),
    ];
    const running = await platform.createApp({ imports, controllers: CONTROLLERS });
    const exports = running.app.get(ExportsController);
    const monitor = running.app.get(RequestMonitor);
    // An app that closes waits for connections that are kept alive.
    const headers = { connection: 'close' };
    const get = (path: string, init: RequestInit = {}) =>
      fetch(`${running.url}/exports/${path}`, { headers, ...init });
    const app: App = {
      ...running,
      exports,
      monitor,
      ask: get,
      begin: async (path) => {
        const before = exports.started.length;
        const answer = get(path);
        await expect.poll(() => exports.started.length, { timeout: 5000, interval: 5 }).toBe(before + 1);
        return { answer };
      },
      queue: async (path, init) => {
        const before = monitor.counters.waiting;
        const answer = get(path, init);
        await expect.poll(() => monitor.counters.waiting, { timeout: 5000, interval: 5 }).toBe(before + 1);
        return { answer };
      },
    };
    apps.push(app);
    return app;
  }

  async function finish(
    app: App,
    name: string,
    { answer }: { readonly answer: Promise<Response> },
  ): Promise<void> {
    await expect.poll(() => app.exports.started, { timeout: 5000, interval: 5 }).toContain(name);
    app.exports.finish(name);
    expect(await (await answer).text()).toBe(name);
  }

  describe('a request whose memory is not free', () => {
    it('waits until it is, and then is served', async () => {
      const app = await start();
      const events: RequestEvent[] = [];
      app.monitor.events.subscribe((event) => events.push(event));
      const first = await app.begin('normal/first');
      const second = await app.queue('normal/second');
      expect(app.app.get(MemoryLedger).waiting.request).toBe(1);
      expect(app.exports.started).toEqual(['first']);
      await finish(app, 'first', first);
      await finish(app, 'second', second);
      const { admitted, held, waiting, waitedMs } = app.monitor.counters;
      expect({ admitted, held, waiting }).toEqual({ admitted: 2, held: 1, waiting: 0 });
      expect(waitedMs).toBeGreaterThan(0);
      expect(app.app.get(MemoryLedger).waiting.request).toBe(0);
      expect(events.map(({ kind, route }) => `${kind} ${route}`)).toEqual([
        'admitted GET /exports/normal/:name',
        'held GET /exports/normal/:name',
        'admitted GET /exports/normal/:name',
      ]);
      expect(app.monitor.refused).toBe(0);
    });

    it('gets a 503 when its time is over', async () => {
      const app = await start({ maxWaitMs: 100 });
      const first = await app.begin('normal/first');
      const askedAt = performance.now();
      const response = await app.ask('normal/second');
      expect(performance.now() - askedAt).toBeGreaterThanOrEqual(95);
      expect(response.status).toBe(503);
      const seconds = Number(response.headers.get('retry-after'));
      expect(seconds).toBeGreaterThanOrEqual(5);
      expect(seconds).toBeLessThanOrEqual(8);
      expect(await response.json()).toMatchObject({
        code: 'RESILIENCE_MEMORY_BUDGET_EXCEEDED',
        retryAfterSeconds: seconds,
      });
      await finish(app, 'first', first);
      expect(app.exports.started).toEqual(['first']);
      expect(shedOf(app.monitor.counters, 'wait-timeout')).toBe(1);
      expect(app.app.get(MemoryBudgetGuard).refused).toBe(1);
    });

    it('gets a 503 at once where nobody may wait', async () => {
      const app = await start({ maxWaiting: 0 });
      const first = await app.begin('normal/first');
      expect((await app.ask('normal/second')).status).toBe(503);
      expect(shedOf(app.monitor.counters, 'no-room')).toBe(1);
      await finish(app, 'first', first);
    });

    it('gets a 503 when the line is full, unless it may take the place of another', async () => {
      const app = await start({ maxWaiting: 1 });
      const first = await app.begin('normal/first');
      const tip = await app.queue('sheddable/tip');
      expect((await app.ask('sheddable/late')).status).toBe(503);
      const second = app.ask('normal/second');
      expect((await tip.answer).status).toBe(503);
      expect((await app.ask('normal/late')).status).toBe(503);
      expect(app.monitor.counters.shed['queue-full']).toEqual({ critical: 0, normal: 1, sheddable: 2 });
      await finish(app, 'first', first);
      await finish(app, 'second', { answer: second });
      expect(app.exports.started).toEqual(['first', 'second']);
    });

    it('is served by priority, and in order of arrival', async () => {
      const app = await start();
      const waiting: (readonly [string, { readonly answer: Promise<Response> }])[] = [
        ['a', await app.begin('normal/a')],
      ];
      for (const path of ['sheddable/e', 'normal/c', 'normal/d', 'critical/b']) {
        waiting.push([path.split('/')[1]!, await app.queue(path)]);
      }
      for (const [name, request] of waiting.toSorted(([a], [b]) => a.localeCompare(b))) {
        await finish(app, name, request);
      }
      expect(app.exports.started).toEqual(['a', 'b', 'c', 'd', 'e']);
    });

    it('is dropped when its client gives up: its handler does not run', async () => {
      const app = await start();
      const first = await app.begin('normal/first');
      const client = new AbortController();
      const gone = await app.queue('normal/gone', { signal: client.signal });
      const third = await app.queue('normal/third');
      client.abort();
      await expect(gone.answer).rejects.toThrow('aborted');
      await expect.poll(() => shedOf(app.monitor.counters, 'aborted')).toBe(1);
      await finish(app, 'first', first);
      await finish(app, 'third', third);
      expect(app.exports.started).toEqual(['first', 'third']);
      expect(app.monitor.refused).toBe(0);
    });

    it('is refused when the app closes while it waits', async () => {
      const app = await start();
      const first = await app.begin('normal/first');
      const second = await app.queue('normal/second');
      const closing = app.close();
      expect((await second.answer).status).toBe(503);
      expect(shedOf(app.monitor.counters, 'shutting-down')).toBe(1);
      await finish(app, 'first', first);
      await closing;
    });
  });

  it('requests that take memory start one per turn of the event loop', async () => {
    const app = await start();
    const { spins } = app.app.get(SpinController);
    const { hostname, port } = new URL(app.url);
    const clients = Array.from({ length: 6 }, () => connect(Number(port), hostname));
    const ask = async (client: Socket, path: string): Promise<string> => {
      client.write(`GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`);
      const [head] = (await once(client, 'data')) as [Buffer];
      return head.toString('latin1').split('\r\n', 1)[0]!;
    };
    // NOTE: libuv accepts one connection per turn: only from those that are accepted do all requests come in one.
    await Promise.all(clients.map((client) => ask(client, '/nowhere')));
    const answers = await Promise.all(clients.map((client) => ask(client, '/spin')));
    for (const client of clients) client.destroy();
    expect(answers).toEqual(Array(6).fill('HTTP/1.1 200 OK'));
    expect(new Set(spins).size).toBe(6);
    expect(app.monitor.counters).toMatchObject({ admitted: 6, held: 0 });
  });

  it('whose client goes away while it waits for its turn does not start', async () => {
    const app = await start();
    const spin = app.app.get(SpinController);
    const client = new AbortController();
    const asked = Array.from({ length: 6 }, (_, index) =>
      fetch(`${app.url}/spin`, {
        headers: { connection: 'close' },
        signal: index < 3 ? null : client.signal,
      }),
    );
    const all = Promise.allSettled(asked);
    await expect.poll(() => spin.spins.length, { interval: 1 }).toBeGreaterThan(0);
    client.abort();
    const settled = await all;
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    const gone = () => shedOf(app.monitor.counters, 'aborted');
    await expect.poll(() => spin.spins.length + gone()).toBe(6);
    expect(gone()).toBeGreaterThan(0);
    expect(app.monitor.counters.admitted).toBe(6);
    expect(app.app.get(MemoryLedger).reservedBytes).toBe(0);
  });

  describe('memory is free again', () => {
    it('when the response is sent, when its handler throws, and when the client gives up', async () => {
      const app = await start();
      await finish(app, 'sent', await app.begin('normal/sent'));

      const failing = await app.begin('normal/failing');
      app.exports.finish('failing', new InternalServerErrorException());
      expect((await failing.answer).status).toBe(500);

      const client = new AbortController();
      const aborted = app.ask('normal/aborted', { signal: client.signal });
      await expect.poll(() => app.exports.started).toContain('aborted');
      const next = await app.queue('normal/next');
      client.abort();
      await expect(aborted).rejects.toThrow('aborted');
      await finish(app, 'next', next);
      // Its handler still runs, but there is nobody left to wait for it.
      app.exports.finish('aborted', new HttpException('late', 500));
      expect(app.monitor.counters).toMatchObject({ admitted: 4, held: 1 });
    });

    it('when a connection goes on which requests were pipelined', async () => {
      const app = await start();
      const { hostname, port } = new URL(app.url);
      const socket = connect(Number(port), hostname);
      const ask = (path: string) => `GET /exports/${path} HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`;
      socket.write(ask('free/ahead') + ask('normal/behind'));
      await expect.poll(() => app.exports.started).toEqual(['ahead', 'behind']);
      const next = await app.queue('normal/next');
      socket.destroy();
      await finish(app, 'next', next);
    });
  });

  it('a request that can never fit is told so, and not to come back', async () => {
    const app = await start();
    const response = await app.ask('impossible');
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBeNull();
    expect(await response.json()).toEqual({
      statusCode: 503,
      error: 'Service Unavailable',
      code: 'RESILIENCE_WORK_EXCEEDS_BUDGET',
      message: 'This request takes more memory than the server can give.',
    });
    expect(shedOf(app.monitor.counters, 'exceeds-budget')).toBe(1);
  });

  it('nothing is reserved for what is skipped, exempt or free', async () => {
    const app = await start();
    for (const kind of ['skipped', 'free']) {
      const requests = [await app.begin(`${kind}/${kind}1`), await app.begin(`${kind}/${kind}2`)];
      for (const [index, request] of requests.entries()) await finish(app, `${kind}${index + 1}`, request);
    }
    const answers = await Promise.all([1, 2, 3].map((name) => fetch(`${app.url}/health/slow/${name}`)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(app.monitor.counters).toMatchObject({ admitted: 0, held: 0 });
  });

  it('event streams, which stay open, hold no memory', async () => {
    const app = await start();
    const client = new AbortController();
    for (let count = 0; count < 5; count++) {
      const response = await fetch(`${app.url}/news`, { signal: client.signal });
      expect(response.headers.get('content-type')).toContain('text/event-stream');
    }
    client.abort();
    expect(app.monitor.counters).toMatchObject({ admitted: 0, held: 0 });
  });

  it('is reserved once where the guard is global and on the route as well', async () => {
    const app = await start({ maxWaitMs: 200 });
    await finish(app, 'once', await app.begin('twice/once'));
    expect(app.monitor.counters).toMatchObject({ admitted: 1, held: 0 });
  });

  it('with `guard: false` is reserved on the routes that ask for it', async () => {
    const app = await start({}, {}, false);
    const first = await app.begin('twice/first');
    const other = await app.begin('normal/other');
    const second = await app.queue('twice/second');
    await finish(app, 'other', other);
    expect(app.exports.started).toEqual(['first', 'other']);
    await finish(app, 'first', first);
    await finish(app, 'second', second);
  });

  it('in observe mode nobody waits', async () => {
    const app = await start({ maxWaiting: 0 }, { mode: 'observe' });
    const requests = [await app.begin('normal/1'), await app.begin('normal/2'), await app.begin('normal/3')];
    for (const [index, request] of requests.entries()) await finish(app, `${index + 1}`, request);
    expect((await app.ask('impossible')).status).toBe(200);
  });

  it('the client of a request that waits may close its connection without harm', async () => {
    const app = await start();
    const first = await app.begin('normal/first');
    const { hostname, port } = new URL(app.url);
    const socket = connect(Number(port), hostname);
    socket.write(`GET /exports/normal/gone HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`);
    await expect.poll(() => app.monitor.counters.waiting).toBe(1);
    socket.destroy();
    await once(socket, 'close');
    await expect.poll(() => app.monitor.counters.waiting).toBe(0);
    await finish(app, 'first', first);
    expect(app.exports.started).toEqual(['first']);
  });
});
