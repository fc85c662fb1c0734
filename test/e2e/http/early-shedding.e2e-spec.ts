import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Body, Controller, Get, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  PressureService,
  type RequestEvent,
  RequestMonitor,
  ResilienceModule,
  type ResilienceOptions,
  ShedPriority,
  SkipMemoryBudget,
} from 'nestjs-headroom';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { onEachPlatform, type RunningApp } from '../../support/platforms.js';
import { PressureDial } from '../pressure-dial.js';

const MB = 1024 ** 2;

@Controller('shop')
class ShopController {
  uploads = 0;

  @Get('payments')
  @ShedPriority('critical')
  payments(): string {
    return 'payments';
  }

  @Get('orders')
  orders(): string {
    return 'orders';
  }

  @Get('tips')
  @ShedPriority('sheddable')
  tips(): string {
    return 'tips';
  }

  @Get('ping')
  @SkipMemoryBudget()
  @ShedPriority('sheddable')
  ping(): string {
    return 'ping';
  }

  @Post('upload')
  upload(@Body() body: { name: string }): string {
    this.uploads++;
    return body.name;
  }

  @Post('feedback')
  @ShedPriority('sheddable')
  feedback(): string {
    return 'thanks';
  }
}

@Controller('extras')
@ShedPriority('sheddable')
class ExtrasController {
  @Get()
  list(): string {
    return 'list';
  }

  @Get('warranty')
  @ShedPriority('critical')
  warranty(): string {
    return 'warranty';
  }
}

const CONTROLLERS = [ShopController, ExtrasController];
const dial = new PressureDial({ elevated: 0.7, critical: 0.8 });

async function statusOf(url: string, init?: RequestInit): Promise<number> {
  const response = await fetch(url, init);
  await response.text();
  return response.status;
}

/** How many of `count` requests get a 503, while the dial holds its level. */
async function shedOf(count: number, url: string): Promise<number> {
  let shed = 0;
  for (let index = 0; index < count; index++) if ((await statusOf(url)) === 503) shed++;
  return shed;
}

/** Sends a body of this many bytes over a connection that is kept alive, all of it if it can. */
async function upload(url: string, bytes: number): Promise<{ status: number; body: string }> {
  const agent = new Agent({ keepAlive: true });
  try {
    const headers = { 'content-type': 'application/json', 'content-length': bytes };
    const sending = request(url, { method: 'POST', agent, headers });
    const answered = once(sending, 'response') as Promise<[IncomingMessage]>;
    Readable.from(chunks(bytes)).pipe(sending);
    const [response] = await answered;
    return { status: response.statusCode ?? 0, body: await text(response) };
  } finally {
    agent.destroy();
  }
}

function* chunks(bytes: number): Generator<Buffer> {
  const chunk = Buffer.alloc(64 * 1024, '{');
  for (let left = bytes; left > 0; left -= chunk.length) yield chunk.subarray(0, left);
}

onEachPlatform((platform) => {
  let running: RunningApp & { pressure: PressureService; monitor: RequestMonitor };
  let passedMiddleware = 0;

  async function start(options: ResilienceOptions = {}): Promise<typeof running> {
    const started = await platform.createApp(
      { imports: [ResilienceModule.forRoot(dial.options(options))], controllers: CONTROLLERS },
      {
        configure: (app) => {
          app.enableCors();
          app.use((_request: unknown, _response: unknown, next: () => void) => {
            passedMiddleware++;
            next();
          });
        },
      },
    );
    const { app } = started;
    return { ...started, pressure: app.get(PressureService), monitor: app.get(RequestMonitor) };
  }

  beforeAll(async () => {
    running = await start();
  });
  afterEach(() => dial.release());

  describe('what is shed', () => {
    it('is nothing when calm', async () => {
      await dial.turnTo('normal', running.pressure);
      for (const path of ['shop/payments', 'shop/orders', 'shop/tips', 'shop/ping', 'extras']) {
        expect(await statusOf(`${running.url}/${path}`)).toBe(200);
      }
      expect(await statusOf(`${running.url}/nowhere`)).toBe(404);
      expect(running.monitor.counters.shed.pressure).toEqual({ critical: 0, normal: 0, sheddable: 0 });
    });

    it('at elevated pressure is a share of sheddable requests, and nothing else', async () => {
      await dial.turnToShare(0.75, running.pressure);
      const shed = await shedOf(60, `${running.url}/shop/tips`);
      expect(shed).toBeGreaterThan(5);
      expect(shed).toBeLessThan(55);
      expect(await shedOf(20, `${running.url}/extras`)).toBeGreaterThan(0);
      expect(await shedOf(10, `${running.url}/extras/warranty`)).toBe(0);
      expect(await shedOf(10, `${running.url}/shop/orders`)).toBe(0);
      expect(await shedOf(10, `${running.url}/shop/payments`)).toBe(0);
      expect(await shedOf(10, `${running.url}/shop/ping`)).toBe(0);
    });

    it('at critical pressure is all but what is critical or skipped', async () => {
      await dial.turnTo('critical', running.pressure);
      for (const [path, status] of [
        ['shop/payments', 200],
        ['shop/orders', 503],
        ['shop/orders?path=/shop/ping', 503],
        ['shop/tips', 503],
        ['shop/ping', 200],
        ['extras', 503],
        ['extras/warranty', 200],
        ['extras/warranty?a=b', 200],
        ['nowhere', 503],
      ] as const) {
        expect([path, await statusOf(`${running.url}/${path}`)]).toEqual([path, status]);
      }
    });

    it('at the limit is what is critical, too; what is skipped never', async () => {
      await dial.turnToShare(1.03, running.pressure);
      await expect.poll(() => running.pressure.level).toBe('critical');
      expect(await shedOf(10, `${running.url}/shop/payments`)).toBe(10);
      expect(await shedOf(5, `${running.url}/shop/ping`)).toBe(0);
    });

    it('is treated by HEAD like by GET', async () => {
      await dial.turnTo('critical', running.pressure);
      expect(await statusOf(`${running.url}/shop/payments`, { method: 'HEAD' })).toBe(200);
      expect(await statusOf(`${running.url}/shop/orders`, { method: 'HEAD' })).toBe(503);
    });

    it('is told by counters and events', async () => {
      await dial.turnTo('critical', running.pressure);
      const before = running.monitor.counters.shed.pressure;
      const events: RequestEvent[] = [];
      const subscription = running.monitor.events.subscribe((event) => events.push(event));
      for (const path of ['shop/orders', 'shop/tips', 'shop/payments']) await fetch(`${running.url}/${path}`);
      subscription.unsubscribe();
      const after = running.monitor.counters.shed.pressure;
      expect([after.critical - before.critical, after.normal - before.normal]).toEqual([0, 1]);
      expect(after.sheddable - before.sheddable).toBe(1);
      const shed = { kind: 'shed', reason: 'pressure', waitedMs: 0 };
      const letIn = new Set(events.slice(2).map(({ kind }) => kind));
      for (const kind of letIn) expect(['held', 'admitted']).toContain(kind);
      expect(events).toEqual([
        { ...shed, route: 'GET /shop/orders', priority: 'normal' },
        { ...shed, route: 'GET /shop/tips', priority: 'sheddable' },
        // Those that are let in are told, too, while the ledger learns what they take; they may have to wait.
        ...events
          .slice(2)
          .map(() => expect.objectContaining({ route: 'GET /shop/payments' }) as RequestEvent),
      ]);
    });
  });

  describe('when a request is shed', () => {
    it('neither middleware of the app runs, nor is the body parsed', async () => {
      const broken = { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } };
      await dial.turnTo('normal', running.pressure);
      expect(await statusOf(`${running.url}/shop/upload`, broken)).toBe(400);
      await dial.turnTo('critical', running.pressure);
      const before = passedMiddleware;
      expect(await statusOf(`${running.url}/shop/upload`, broken)).toBe(503);
      expect(passedMiddleware).toBe(before);
    });

    it('its client sees the answer, though it is still sending its body', async () => {
      await dial.turnTo('critical', running.pressure);
      const { uploads } = running.app.get(ShopController);
      for (let count = 0; count < 5; count++) {
        const { status, body } = await upload(`${running.url}/shop/upload`, 5 * MB);
        expect(status).toBe(503);
        expect(JSON.parse(body)).toMatchObject({ code: 'RESILIENCE_MEMORY_BUDGET_EXCEEDED' });
      }
      expect(running.app.get(ShopController).uploads).toBe(uploads);
    });

    it('its client sees the answer at elevated pressure, too', async () => {
      await dial.turnToShare(0.785, running.pressure);
      const statuses = new Set<number>();
      for (let count = 0; count < 10; count++) {
        statuses.add((await upload(`${running.url}/shop/feedback`, 5 * MB)).status);
      }
      expect(statuses).toContain(503);
    });

    it('a client that uses fetch sees the answer, too', async () => {
      await dial.turnTo('critical', running.pressure);
      for (let count = 0; count < 5; count++) {
        const response = await fetch(`${running.url}/shop/upload`, {
          method: 'POST',
          body: Buffer.alloc(5 * MB, '{'),
          headers: { 'content-type': 'application/json' },
        });
        expect(response.status).toBe(503);
        expect(await response.json()).toMatchObject({ code: 'RESILIENCE_MEMORY_BUDGET_EXCEEDED' });
      }
    });

    it('clients are asked to come back over another connection, whether it is served or not', async () => {
      const connectionOf = async (path: string) =>
        (await fetch(`${running.url}/${path}`)).headers.get('connection');
      await dial.turnTo('critical', running.pressure);
      expect(await connectionOf('shop/orders')).toBe('close');
      expect(await connectionOf('shop/payments')).toBe('close');
      expect(await connectionOf('shop/ping')).toBe('close');
      await dial.turnTo('normal', running.pressure);
      expect(await connectionOf('shop/orders')).toBe('keep-alive');
    });
  });

  it('preflights pass, at critical pressure and at the limit', async () => {
    await dial.turnToShare(1.03, running.pressure);
    const headers = { origin: 'https://example.com', 'access-control-request-method': 'GET' };
    const response = await fetch(`${running.url}/shop/orders`, { method: 'OPTIONS', headers });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
  });

  it('in observe mode nothing is shed or closed, and all of it counted', async () => {
    const { url, pressure, monitor } = await start({ mode: 'observe' });
    await dial.turnTo('critical', pressure);
    for (let count = 0; count < 5; count++) {
      const response = await fetch(`${url}/shop/orders`);
      expect(response.status).toBe(200);
      expect(response.headers.get('connection')).toBe('keep-alive');
    }
    expect(monitor.counters.shed.pressure).toEqual({ critical: 0, normal: 5, sheddable: 0 });
  });
});

describe.each(['express', 'fastify'])('in an app of NestFactory on %s', (name) => {
  it.each([{}, { routeResolutionStrategy: 'specificity' as const }])(
    'sheds before the body, with %j',
    async (options) => {
      @Module({ imports: [ResilienceModule.forRoot(dial.options())], controllers: CONTROLLERS })
      class AppModule {}

      const adapter = name === 'express' ? new ExpressAdapter() : new FastifyAdapter();
      const app = await NestFactory.create(AppModule, adapter, { logger: false, ...options });
      try {
        await app.listen(0, '127.0.0.1');
        const url = await app.getUrl();
        await dial.turnTo('critical', app.get(PressureService));
        const broken = { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } };
        expect(await statusOf(`${url}/shop/upload`, broken)).toBe(503);
        expect(await statusOf(`${url}/shop/payments`)).toBe(200);
        expect(await statusOf(`${url}/extras/warranty`)).toBe(200);
      } finally {
        dial.release();
        await app.close();
      }
    },
  );
  afterAll(() => dial.release());
});
