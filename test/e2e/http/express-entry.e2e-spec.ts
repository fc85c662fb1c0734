import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import { PressureService, ResilienceModule, ShedPriority } from 'nestjs-headroom';
import { afterEach, describe, expect, it } from 'vitest';

import { PressureDial } from '../pressure-dial.js';

// Only on Express: ahead of its router Headroom stands where Fastify has a hook.

@Controller('orders')
class OrdersController {
  @Get()
  list(): string {
    return 'orders';
  }

  @Get('paid')
  @ShedPriority('critical')
  paid(): string {
    return 'paid';
  }
}

type ExpressApp = ((...args: unknown[]) => void) & {
  use(...args: unknown[]): void;
  readonly router: object;
  readonly handle: object;
};

const newExpress = (): ExpressApp => new ExpressAdapter().getInstance() as ExpressApp;

const dial = new PressureDial({ elevated: 0.3, critical: 0.4 });
const running: { close(): unknown }[] = [];

async function create(instance: ExpressApp): Promise<NestExpressApplication> {
  @Module({ imports: [ResilienceModule.forRoot(dial.options())], controllers: [OrdersController] })
  class AppModule {}
  const adapter = new ExpressAdapter(instance);
  const app = await NestFactory.create<NestExpressApplication>(AppModule, adapter, { logger: false });
  running.push(app);
  return app;
}

async function listening(app: NestExpressApplication): Promise<string> {
  await app.listen(0, '127.0.0.1');
  return app.getUrl();
}

async function statuses(url: string, ...paths: string[]): Promise<number[]> {
  const all: number[] = [];
  for (const path of paths) all.push((await fetch(url + path)).status);
  return all;
}

describe('the entry of an Express app', () => {
  afterEach(async () => {
    dial.release();
    for (const each of running.splice(0)) await each.close();
  });

  it('is ahead of what stood in the instance before', async () => {
    const instance = newExpress();
    let passed = 0;
    instance.use((_request: unknown, _response: unknown, next: () => void) => {
      passed++;
      next();
    });
    const app = await create(instance);
    const url = await listening(app);
    expect(await statuses(url, '/orders')).toEqual([200]);
    expect(passed).toBe(1);
    await dial.turnTo('critical', app.get(PressureService));
    expect(await statuses(url, '/orders', '/orders/paid')).toEqual([503, 200]);
    expect(passed).toBe(2);
  });

  it('answers as Express does, with its helpers', async () => {
    const app = await create(newExpress());
    const url = await listening(app);
    await dial.turnTo('critical', app.get(PressureService));
    const response = await fetch(`${url}/orders?page=2`);
    expect(response.status).toBe(503);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(response.headers.get('x-powered-by')).toBe('Express');
    expect(response.headers.has('retry-after')).toBe(true);
    expect(await response.json()).toMatchObject({
      statusCode: 503,
      code: 'RESILIENCE_MEMORY_BUDGET_EXCEEDED',
    });
  });

  it('is guarded inside of another app', async () => {
    const instance = newExpress();
    const app = await create(instance);
    await app.init();
    const parent = newExpress();
    parent.use('/inner', instance);
    const server: Server = createServer(parent as never).listen(0, '127.0.0.1');
    running.push({ close: () => server.close() });
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/inner`;
    expect(await statuses(url, '/orders', '/nowhere')).toEqual([200, 404]);
    await dial.turnTo('critical', app.get(PressureService));
    expect(await statuses(url, '/orders', '/orders/paid')).toEqual([503, 200]);
  });

  it('is left to the next app around the same instance', async () => {
    const instance = newExpress();
    const { handle } = instance;
    const first = await create(instance);
    await listening(first);
    await first.close();
    expect(instance.handle).toBe(handle);
    const app = await create(instance);
    const url = await listening(app);
    const response = await fetch(`${url}/orders`);
    expect([response.status, response.headers.get('connection')]).toEqual([200, 'keep-alive']);
    await dial.turnTo('critical', app.get(PressureService));
    expect(await statuses(url, '/orders', '/orders/paid')).toEqual([503, 200]);
  });

  it('is middleware where the framework only looks like Express 5', async () => {
    const instance = newExpress();
    Object.defineProperty(instance, 'router', { value: instance.router });
    const app = await create(instance);
    const url = await listening(app);
    expect(await statuses(url, '/orders')).toEqual([200]);
    await dial.turnTo('critical', app.get(PressureService));
    expect(await statuses(url, '/orders', '/orders/paid')).toEqual([503, 200]);
  });
});
