import { Controller, Get, HttpException, type LoggerService, Post, UseGuards } from '@nestjs/common';
import { ExternalContextCreator } from '@nestjs/core';
import {
  MemoryBudgetExceededException,
  MemoryBudgetGuard,
  MemoryBudgetHealthIndicator,
  PressureService,
  ResilienceModule,
  type ResilienceOptions,
  SkipMemoryBudget,
} from 'nestjs-headroom';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';

import { onEachPlatform, type RunningApp } from '../../support/platforms.js';
import { PressureDial } from '../pressure-dial.js';
import { RecordingLogger } from '../queue/recording-logger.js';

@Controller('orders')
class OrdersController {
  handled = 0;
  finish: ((text: string) => void) | undefined;

  @Get()
  list(): string {
    this.handled++;
    return 'orders';
  }

  @Post()
  create(): string {
    this.handled++;
    return 'created';
  }

  /** Ends when the spec says so. */
  @Get('slow')
  slow(): Promise<string> {
    return new Promise((resolve) => (this.finish = resolve));
  }

  @Get('cheap')
  @SkipMemoryBudget()
  cheap(): string {
    return 'cheap';
  }
}

@Controller('webhooks')
@SkipMemoryBudget()
class WebhooksController {
  @Get()
  hook(): string {
    return 'hook';
  }
}

@Controller('own')
class OwnGuardController {
  @Get('guarded')
  @UseGuards(MemoryBudgetGuard)
  guarded(): string {
    return 'guarded';
  }

  @Get('open')
  open(): string {
    return 'open';
  }
}

const CONTROLLERS = [OrdersController, WebhooksController, OwnGuardController];
const dial = new PressureDial();

async function statusOf(url: string, init?: RequestInit): Promise<number> {
  return (await fetch(url, init)).status;
}

onEachPlatform((platform) => {
  afterEach(() => dial.release());

  async function start(
    options: ResilienceOptions & { guard?: boolean } = {},
    logger: LoggerService | false = false,
  ): Promise<RunningApp & { pressure: PressureService }> {
    const { guard = true, ...others } = options;
    const imports = [ResilienceModule.forRoot({ ...dial.options(others), guard })];
    const running = await platform.createApp({ imports, controllers: CONTROLLERS }, { logger });
    return { ...running, pressure: running.app.get(PressureService) };
  }

  describe('the guard', () => {
    let running: Awaited<ReturnType<typeof start>>;
    beforeAll(async () => {
      running = await start();
    });

    it('lets every route pass when calm and at elevated pressure', async () => {
      for (const level of ['normal', 'elevated'] as const) {
        await dial.turnTo(level, running.pressure);
        expect(await statusOf(`${running.url}/orders`)).toBe(200);
        expect(await statusOf(`${running.url}/orders`, { method: 'POST' })).toBe(201);
      }
      expect(running.app.get(MemoryBudgetGuard).refused).toBe(0);
    });

    it('answers 503 at critical pressure, says when to come back, and does not call the handler', async () => {
      await dial.turnTo('critical', running.pressure);
      const { handled } = running.app.get(OrdersController);
      const response = await fetch(`${running.url}/orders`);
      expect(response.status).toBe(503);
      const seconds = Number(response.headers.get('retry-after'));
      expect(await response.json()).toEqual({
        statusCode: 503,
        error: 'Service Unavailable',
        code: 'RESILIENCE_MEMORY_BUDGET_EXCEEDED',
        message: `The server is short of memory. Retry in ${seconds}s.`,
        retryAfterSeconds: seconds,
      });
      expect(await statusOf(`${running.url}/orders`, { method: 'POST' })).toBe(503);
      expect(running.app.get(OrdersController).handled).toBe(handled);
    });

    it('lets a route and a controller marked @SkipMemoryBudget() pass', async () => {
      await dial.turnTo('critical', running.pressure);
      expect(await statusOf(`${running.url}/orders/cheap`)).toBe(200);
      expect(await statusOf(`${running.url}/webhooks`)).toBe(200);
      expect(await statusOf(`${running.url}/orders`)).toBe(503);
    });

    it('leaves 404 to the router below critical; at critical, what has no route is worth no more than others', async () => {
      await dial.turnTo('elevated', running.pressure);
      expect(await statusOf(`${running.url}/nowhere`)).toBe(404);
      await dial.turnTo('critical', running.pressure);
      expect(await statusOf(`${running.url}/nowhere`)).toBe(503);
    });

    it('answers as before when pressure has fallen', async () => {
      await dial.turnTo('critical', running.pressure);
      await dial.turnTo('normal', running.pressure);
      expect(await statusOf(`${running.url}/orders`)).toBe(200);
    });

    it('leaves handlers that are not HTTP alone', async () => {
      await dial.turnTo('critical', running.pressure);
      const { app } = running;
      const orders = app.get(OrdersController);
      const invoke = (type: string) => {
        const call = app
          .get(ExternalContextCreator)
          // oxlint-disable-next-line typescript/unbound-method -- Nest binds it
          .create(orders, orders.list, 'list', undefined, undefined, undefined, undefined, undefined, type);
        return call({}, {}) as Promise<unknown>;
      };
      await expect(invoke('graphql')).resolves.toBe('orders');
      await expect(invoke('rpc')).resolves.toBe('orders');
    });
  });

  it('tells more seconds than `http.retryAfterSeconds`, not all clients the same, in header and body alike', async () => {
    const { url, pressure } = await start({ http: { retryAfterSeconds: 100 } });
    await dial.turnTo('critical', pressure);
    const told = new Set<number>();
    for (let count = 0; count < 20; count++) {
      const response = await fetch(`${url}/orders`);
      const seconds = Number(response.headers.get('retry-after'));
      expect(await response.json()).toMatchObject({
        retryAfterSeconds: seconds,
        message: `The server is short of memory. Retry in ${seconds}s.`,
      });
      // About five sixths of the way from `elevated` to the limit, and up to a half more.
      expect(seconds).toBeGreaterThan(300);
      expect(seconds).toBeLessThan(600);
      told.add(seconds);
    }
    expect(told.size).toBeGreaterThan(3);
  });

  it('counts each refusal and logs the first of each time that it is critical', async () => {
    const logger = new RecordingLogger();
    const { app, url, pressure } = await start({}, logger);
    for (let episode = 1; episode <= 2; episode++) {
      await dial.turnTo('critical', pressure);
      for (let count = 0; count < 5; count++) await fetch(`${url}/orders`);
      await dial.turnTo('normal', pressure);
    }
    expect(app.get(MemoryBudgetGuard).refused).toBe(10);
    // The app of the other tests has lines of its own.
    expect(logger.matching(/^warn pressure is normal again: answered 503 to 5 requests$/)).toHaveLength(2);
    const lines = logger.matching(/answering 503/);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(
      /^warn answering 503: pressure is critical \(rss .* %\)\); first refused: \/orders; 1 since start$/,
    );
    expect(lines[1]).toMatch(/6 since start$/);
  });

  it('throws an exception that a filter can tell by its class', () => {
    const exception = new MemoryBudgetExceededException(7);
    expect(exception).toBeInstanceOf(HttpException);
    expect(exception.getStatus()).toBe(503);
    expect(exception.retryAfterSeconds).toBe(7);
    expect(MemoryBudgetExceededException.code).toBe('RESILIENCE_MEMORY_BUDGET_EXCEEDED');
  });

  it('with `guard: false` guards nothing but what asks for it', async () => {
    const { url, pressure } = await start({ guard: false });
    await dial.turnTo('critical', pressure);
    expect(await statusOf(`${url}/orders`)).toBe(200);
    expect(await statusOf(`${url}/own/open`)).toBe(200);
    const response = await fetch(`${url}/own/guarded`);
    expect(response.status).toBe(503);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(5);
  });

  it('with `mode: observe` refuses nobody, counts whom it would have refused, and tells it once', async () => {
    const logger = new RecordingLogger();
    const { app, url, pressure } = await start({ mode: 'observe' }, logger);
    await dial.turnTo('critical', pressure);
    for (let count = 0; count < 5; count++) {
      const response = await fetch(`${url}/orders`);
      expect(response.status).toBe(200);
      expect(response.headers.get('retry-after')).toBeNull();
    }
    await fetch(`${url}/orders/cheap`);
    expect(app.get(MemoryBudgetGuard).refused).toBe(5);
    // A readiness probe that fails would take the process out of service, and that is no observing.
    const health = app.get(MemoryBudgetHealthIndicator).check('memory_budget');
    expect(health.memory_budget).toMatchObject({ status: 'degraded', level: 'critical' });
    expect(logger.matching(/would answer 503/)).toEqual([
      expect.stringMatching(/^warn would answer 503: .*first refused: \/orders; 1 since start$/),
    ]);
  });

  it('leaves a request alone that was let in before', async () => {
    const { app, url, pressure } = await start();
    const orders = app.get(OrdersController);
    const answer = fetch(`${url}/orders/slow`);
    await expect.poll(() => orders.finish, { timeout: 5000 }).toBeDefined();
    await dial.turnTo('critical', pressure);
    orders.finish?.('late');
    expect(await (await answer).text()).toBe('late');
  });
});
