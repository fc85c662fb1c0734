import type { IncomingMessage, Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { Body, Controller, type INestApplication, Post, Req } from '@nestjs/common';
import {
  MemoryCost,
  MemoryLedger,
  RequestMonitor,
  ResilienceModule,
  SkipMemoryBudget,
} from 'nestjs-headroom';
import { afterEach, describe, expect, it } from 'vitest';

import { onEachPlatform, type RunningApp } from '../../support/platforms.js';
import { PressureDial } from '../pressure-dial.js';

/** One fits under the limit of the dial, which is 256 MB above what the process has; two do not. */
const ONE_AT_A_TIME = '130mb';
/** Below the 100 KB that Express takes by default. */
const LARGE = JSON.stringify({ text: 'x'.repeat(80_000) });
const SMALL = JSON.stringify({ text: 'x'.repeat(1000) });
const SOON = { timeout: 8000, interval: 5 };

@Controller('imports')
class ImportsController {
  readonly lengths: number[] = [];

  @Post()
  @MemoryCost(ONE_AT_A_TIME)
  take(@Body() { text }: { readonly text: string }): number {
    return this.lengths.push(text.length);
  }

  /** Of a type that nobody parses. */
  @Post('streamed')
  @MemoryCost(ONE_AT_A_TIME)
  async streamed(@Req() request: IncomingMessage & { readonly raw?: IncomingMessage }): Promise<number> {
    let length = 0;
    for await (const chunk of request.raw ?? request) length += (chunk as Buffer).length;
    return this.lengths.push(length);
  }

  @Post('unknown')
  unknown(@Body() { text }: { readonly text: string }): number {
    return this.lengths.push(text.length);
  }

  @Post('skipped')
  @SkipMemoryBudget()
  skipped(@Body() { text }: { readonly text: string }): number {
    return text.length;
  }
}

const dial = new PressureDial();

interface FastifyLike {
  addContentTypeParser(
    type: string,
    parser: (request: unknown, payload: unknown, done: (error: null) => void) => void,
  ): void;
}

/** Express does; Fastify refuses what it has no parser for. */
function leaveStreamsAlone(app: INestApplication): void {
  if (app.getHttpAdapter().getType() !== 'fastify') return;
  // NOTE: what Nest has for that reads the body into a Buffer.
  const fastify = app.getHttpAdapter().getInstance() as FastifyLike;
  fastify.addContentTypeParser('application/octet-stream', (_request, _payload, done) => done(null));
}

async function post(url: string, body: string): Promise<Response> {
  return fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
}

onEachPlatform((platform) => {
  const cleanUps: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
  });

  async function start(http: object = {}) {
    const imports = [ResilienceModule.forRoot(dial.options({ http: { maxWaitMs: 6000, ...http } }))];
    const running: RunningApp = await platform.createApp(
      { imports, controllers: [ImportsController] },
      { configure: leaveStreamsAlone },
    );
    cleanUps.push(async () => {
      (running.app.getHttpServer() as Server).closeAllConnections();
      await running.close();
    });
    return {
      url: running.url,
      imports: running.app.get(ImportsController),
      monitor: running.app.get(RequestMonitor),
      ledger: running.app.get(MemoryLedger),
    };
  }

  /** Sends the head of a request and the first half of its body. */
  function sendHalf(
    url: string,
    body: string,
    path = '/imports',
    type = 'application/json',
  ): { finish: () => void; answer: () => string } {
    const socket: Socket = connect(Number(new URL(url).port), '127.0.0.1');
    cleanUps.push(() => socket.destroy());
    let answer = '';
    socket.on('data', (data) => (answer += String(data)));
    socket.on('error', () => undefined);
    const half = body.length / 2;
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\n` +
        `Content-Length: ${body.length}\r\n\r\n${body.slice(0, half)}`,
    );
    return { finish: () => void socket.write(body.slice(half)), answer: () => answer };
  }

  describe('a request with a large body', () => {
    it('has its memory set aside before the body has come, once', async () => {
      const { url, imports, monitor, ledger } = await start();
      const request = sendHalf(url, LARGE);
      await expect.poll(() => ledger.reservedBytes, SOON).toBe(130 * 1024 ** 2);
      expect(imports.lengths).toEqual([]);
      request.finish();
      await expect.poll(request.answer, SOON).toContain('HTTP/1.1 201');
      expect(imports.lengths).toEqual([80_000]);
      expect(monitor.counters).toMatchObject({ admitted: 1, held: 0 });
      await expect.poll(() => ledger.reservedBytes, SOON).toBe(0);
    });

    it('waits before its body is read, and then is served', async () => {
      const { url, imports, monitor } = await start();
      const first = sendHalf(url, LARGE);
      await expect.poll(() => monitor.counters.admitted, SOON).toBe(1);
      const second = post(`${url}/imports`, LARGE);
      await expect.poll(() => monitor.counters.waiting, SOON).toBe(1);
      first.finish();
      expect((await second).status).toBe(201);
      expect(imports.lengths).toHaveLength(2);
      expect(monitor.counters).toMatchObject({ admitted: 2, held: 1, waiting: 0 });
    });

    it('is refused before its body is read where nobody may wait', async () => {
      const { url, imports, monitor } = await start({ maxWaiting: 0 });
      sendHalf(url, LARGE);
      await expect.poll(() => monitor.counters.admitted, SOON).toBe(1);
      const refused = sendHalf(url, LARGE);
      await expect.poll(refused.answer, SOON).toMatch(/^HTTP\/1\.1 503[^]*retry-after: \d+/i);
      expect(refused.answer()).toContain('MEMORY_BUDGET_EXCEEDED');
      expect(imports.lengths).toEqual([]);
      expect(monitor.refused).toBe(1);
    });

    it('that comes slowly lets others go first, and asks again when it has come', async () => {
      const { url, imports, monitor, ledger } = await start();
      const slow = sendHalf(url, LARGE);
      await expect.poll(() => monitor.counters.admitted, SOON).toBe(1);
      const other = await post(`${url}/imports`, LARGE);
      expect(other.status).toBe(201);
      expect(ledger.reservedBytes).toBe(0);
      slow.finish();
      await expect.poll(slow.answer, SOON).toContain('HTTP/1.1 201');
      expect(imports.lengths).toHaveLength(2);
      expect(monitor.counters).toMatchObject({ admitted: 3, waiting: 0 });
    });

    it('keeps what was set aside while its handler reads the body itself, however long that takes', async () => {
      const { url, imports, ledger } = await start();
      const request = sendHalf(url, LARGE, '/imports/streamed', 'application/octet-stream');
      await expect.poll(() => ledger.reservedBytes, SOON).toBeGreaterThan(0);
      await wait(2500);
      expect(ledger.reservedBytes).toBeGreaterThan(0);
      request.finish();
      await expect.poll(request.answer, SOON).toContain('HTTP/1.1 201');
      expect(imports.lengths).toEqual([LARGE.length]);
    });

    it('gives back what was set aside when its client goes', async () => {
      const { url, ledger } = await start();
      sendHalf(url, LARGE);
      await expect.poll(() => ledger.reservedBytes, SOON).toBeGreaterThan(0);
      await cleanUps.pop()!();
      await expect.poll(() => ledger.reservedBytes, SOON).toBe(0);
    });

    it('to a route that is skipped, or that nobody serves, asks nobody', async () => {
      const { url, monitor } = await start({ maxWaiting: 0 });
      sendHalf(url, LARGE);
      await expect.poll(() => monitor.counters.admitted, SOON).toBe(1);
      expect((await post(`${url}/imports/skipped`, LARGE)).status).toBe(201);
      expect((await post(`${url}/nowhere`, LARGE)).status).toBe(404);
    });
  });

  it('slow uploads to a route of which nothing is known do not time each other out', async () => {
    const { url, imports, monitor } = await start({ maxWaitMs: 1000 });
    const uploads = Array.from({ length: 20 }, () => sendHalf(url, LARGE, '/imports/unknown'));
    await wait(1500);
    expect(monitor.counters).toMatchObject({ admitted: 0, held: 0, waiting: 0 });
    for (const { finish } of uploads) finish();
    await expect.poll(() => imports.lengths.length, SOON).toBe(20);
    expect(monitor.refused).toBe(0);
  });

  it('a request with a small body asks when it has come', async () => {
    const { url, monitor } = await start();
    const request = sendHalf(url, SMALL);
    await wait(100);
    expect(monitor.counters.admitted).toBe(0);
    request.finish();
    await expect.poll(request.answer, SOON).toContain('HTTP/1.1 201');
    expect(monitor.counters.admitted).toBe(1);
  });
});
