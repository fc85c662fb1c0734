import { VersioningType } from '@nestjs/common';
import {
  EventLoopHealthIndicator,
  HeapHealthIndicator,
  PressureService,
  ResilienceModule,
  RssHealthIndicator,
  VitalsService,
} from 'nestjs-headroom';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

import { onEachPlatform, type RunningApp } from '../../support/platforms.js';
import { PressureDial } from '../pressure-dial.js';

interface Health {
  readonly status: string;
  readonly info: Record<string, Check>;
  readonly error: Record<string, Check>;
  readonly details: Record<string, Check>;
}
type Check = { readonly status: string } & Readonly<Record<string, unknown>>;

async function get(url: string): Promise<{ status: number; body: Health }> {
  const response = await fetch(url);
  return { status: response.status, body: (await response.json()) as Health };
}

async function statusOf(url: string): Promise<number> {
  return (await fetch(url)).status;
}

function statuses(checks: Record<string, Check>): Record<string, string> {
  return Object.fromEntries(Object.entries(checks).map(([name, { status }]) => [name, status]));
}

const dial = new PressureDial();

onEachPlatform((platform) => {
  afterEach(() => dial.release());

  describe('with `health: true`', () => {
    let running: RunningApp;
    let pressure: PressureService;
    beforeAll(async () => {
      running = await platform.createApp({
        imports: [ResilienceModule.forRoot({ ...dial.options(), health: true })],
      });
      pressure = running.app.get(PressureService);
    });

    it('all is up when calm', async () => {
      await dial.turnTo('normal', pressure);
      const { status, body } = await get(`${running.url}/health`);
      expect(status).toBe(200);
      expect(body.status).toBe('ok');
      expect(statuses(body.details)).toEqual({
        memory_budget: 'up',
        heap: 'up',
        rss: 'up',
        event_loop: 'up',
        queue_workers: 'up',
        readiness: 'up',
      });
      expect(await get(`${running.url}/health/ready`)).toMatchObject({ status: 200, body: { status: 'ok' } });
      expect(await get(`${running.url}/health/live`)).toMatchObject({ status: 200, body: { status: 'ok' } });
    });

    it('elevated pressure is degraded, and still answered with 200', async () => {
      await dial.turnTo('elevated', pressure);
      const { status, body } = await get(`${running.url}/health`);
      expect(status).toBe(200);
      expect(body.status).toBe('degraded');
      expect(statuses(body.details)).toMatchObject({
        memory_budget: 'degraded',
        rss: 'degraded',
        heap: 'up',
      });
      expect(body.details.memory_budget).toMatchObject({ level: 'elevated' });
      const ready = await get(`${running.url}/health/ready`);
      expect(ready).toMatchObject({ status: 200, body: { status: 'degraded' } });
      expect(await get(`${running.url}/health/live`)).toMatchObject({ status: 200, body: { status: 'ok' } });
    });

    it('critical pressure is down with 503, for readiness but never for liveness', async () => {
      await dial.turnTo('critical', pressure);
      const { status, body } = await get(`${running.url}/health`);
      expect(status).toBe(503);
      expect(body.status).toBe('error');
      expect(statuses(body.error)).toEqual({ memory_budget: 'down', rss: 'down' });
      expect(await get(`${running.url}/health/ready`)).toMatchObject({
        status: 503,
        body: { status: 'error', error: { memory_budget: { status: 'down' } } },
      });
      const live = await get(`${running.url}/health/live`);
      expect(live).toMatchObject({ status: 200, body: { status: 'ok' } });
      expect(Object.keys(live.body.details)).toEqual(['event_loop']);
    });

    it('is up again when memory is given back', async () => {
      await dial.turnTo('critical', pressure);
      await dial.turnTo('normal', pressure);
      const { details } = (await get(`${running.url}/health`)).body;
      expect(statuses(details)).toMatchObject({ memory_budget: 'up', heap: 'up', rss: 'up' });
      // This spec itself blocks the loop, to give the memory back: a sample more tells of that.
      const vitals = running.app.get(VitalsService);
      await vi.waitUntil(() => vitals.last.eventLoop.maxDelayMs < 500, { timeout: 5000, interval: 20 });
      expect(await get(`${running.url}/health`)).toMatchObject({ status: 200, body: { status: 'ok' } });
    });

    it('tells limit, budget, score and reasons', async () => {
      await dial.turnTo('critical', pressure);
      const { body } = await get(`${running.url}/health`);
      const limitMb = Math.round(dial.limitBytes / 1024 ** 2);
      expect(body.details.memory_budget).toEqual({
        status: 'down',
        level: 'critical',
        score: expect.closeTo(0.95, 1) as number,
        reasons: [expect.stringMatching(new RegExp(`^rss \\d+/${limitMb}MB \\(9\\d %\\)$`)) as string],
        since: new Date(pressure.verdict.since).toISOString(),
        limitMb,
        budgetMb: Math.round((dial.limitBytes * 0.9) / 1024 ** 2),
        reservedMb: 0,
        requests: { held: 0, waiting: 0, waitedMs: 0, refused: 0 },
        jobs: { held: 0, waiting: 0, waitedMs: 0, putOff: 0 },
      });
      expect(body.details.rss).toMatchObject({ limitMb, limitSource: 'option' });
    });
  });

  it('`health: { path }` serves the same below another path, at critical pressure too', async () => {
    const { app, url } = await platform.createApp({
      imports: [ResilienceModule.forRoot({ ...dial.options(), health: { path: '/status' } })],
    });
    expect(await statusOf(`${url}/status`)).toBe(200);
    expect(await statusOf(`${url}/health`)).toBe(404);
    await dial.turnTo('critical', app.get(PressureService));
    const { status, body } = await get(`${url}/status`);
    expect(status).toBe(503);
    expect(body.details.memory_budget).toMatchObject({ status: 'down' });
    expect(await statusOf(`${url}/status/live`)).toBe(200);
    expect(await statusOf(`${url}/status/ready`)).toBe(503);
  });

  it('is served below the global prefix', async () => {
    const { app, url } = await platform.createApp(
      { imports: [ResilienceModule.forRoot({ ...dial.options(), health: true })] },
      { configure: (configured) => void configured.setGlobalPrefix('api') },
    );
    await dial.turnTo('critical', app.get(PressureService));
    expect(await statusOf(`${url}/api/health`)).toBe(503);
    expect(await statusOf(`${url}/api/health/live`)).toBe(200);
    expect(await statusOf(`${url}/health/live`)).toBe(404);
  });

  it('is served without a version in an app with versions', async () => {
    const { url } = await platform.createApp(
      { imports: [ResilienceModule.forRoot({ health: true })] },
      {
        configure: (configured) =>
          void configured.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' }),
      },
    );
    for (const path of ['/health', '/health/live', '/health/ready']) {
      expect(await statusOf(`${url}${path}`)).toBe(200);
    }
  });

  it('is not served unless asked for', async () => {
    const { url } = await platform.createApp({ imports: [ResilienceModule.forRoot()] });
    expect(await statusOf(`${url}/health`)).toBe(404);
  });

  it('of two apps in one process each has its own', async () => {
    const [first, second] = [
      await platform.createApp({ imports: [ResilienceModule.forRoot({ health: true })] }),
      await platform.createApp({ imports: [ResilienceModule.forRoot({ health: { path: '/status' } })] }),
    ];
    expect(await statusOf(`${first.url}/health`)).toBe(200);
    expect(await statusOf(`${second.url}/status`)).toBe(200);
    expect(await statusOf(`${second.url}/health`)).toBe(404);
  });

  it('has indicators that a controller of the app can use with thresholds of its own', async () => {
    const { app } = await platform.createApp({ imports: [ResilienceModule.forRoot(dial.options())] });
    await dial.turnTo('elevated', app.get(PressureService));
    const rss = app.get(RssHealthIndicator);
    expect(rss.check('memory').memory.status).toBe('degraded');
    expect(rss.check('memory', { degradedAt: 0.99, downAt: 1 }).memory.status).toBe('up');
    expect(rss.check('memory', { downAt: 0.5 }).memory.status).toBe('down');
    const heap = app.get(HeapHealthIndicator);
    expect(heap.check('heap', { degradedAt: 0.0001, downAt: 1 }).heap.status).toBe('degraded');
    app.get(VitalsService).sampleNow(700);
    const loop = app.get(EventLoopHealthIndicator);
    expect(loop.check('loop').loop.status).toBe('up');
    expect(loop.check('loop', { maxDelayMs: 500 }).loop.status).toBe('down');
  });
});
