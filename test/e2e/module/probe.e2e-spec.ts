import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Worker } from 'node:worker_threads';
import { Test } from '@nestjs/testing';
import { ProbeNotListeningError, ProbeService, ResilienceModule } from 'nestjs-headroom';
import { afterEach, describe, expect, it } from 'vitest';

import { RecordingLogger } from '../queue/recording-logger.js';

const PROBE = { port: 0, host: '127.0.0.1' };

/** As a prober that would like to keep its connections. */
const agent = new Agent({ keepAlive: true });

const open = new Set<{ close(): Promise<void> }>();
afterEach(async () => {
  for (const app of open) await app.close();
  open.clear();
});

async function createApp(probe: { port: number; host: string } = PROBE, log = new RecordingLogger()) {
  const builder = Test.createTestingModule({ imports: [ResilienceModule.forRoot({ probe })] });
  const app = (await builder.setLogger(log).compile()).createNestApplication();
  open.add(app);
  return app;
}

async function startApp(log = new RecordingLogger()) {
  const app = await createApp(PROBE, log);
  await app.listen(0, '127.0.0.1');
  return app;
}

async function send(port: number, path: string, method = 'GET') {
  const sent = request({ port, host: '127.0.0.1', path, method, agent });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

describe('the probe thread, from source', () => {
  it('answers GET and HEAD, never from a cache and never on a connection that stays', async () => {
    const { port } = (await startApp()).get(ProbeService).address!;
    const live = await send(port, '/live');
    expect(JSON.parse(live.body)).toEqual({ status: 'up', blockedMs: 0, maxBlockMs: 10_000 });
    expect(live.headers).toMatchObject({
      'cache-control': 'no-store',
      connection: 'close',
      'content-type': 'application/json; charset=utf-8',
    });
    const head = await send(port, '/ready', 'HEAD');
    expect([head.status, head.body]).toEqual([200, '']);
    expect(Number(head.headers['content-length'])).toBeGreaterThan(0);
    expect((await send(port, '/')).status).toBe(404);
    expect((await send(port, '/live', 'POST')).status).toBe(405);
  });

  it('says where it listens, and is ready when the app listens', async () => {
    const log = new RecordingLogger();
    const app = await createApp(PROBE, log);
    await app.init();
    const { port } = app.get(ProbeService).address!;
    expect(
      log.matching(/^log probes are answered by a thread of their own: http:\/\/127\.0\.0\.1:\d+\/live,/),
    ).toHaveLength(1);
    expect(await send(port, '/ready')).toMatchObject({
      status: 503,
      body: expect.stringContaining('not listening'),
    });
    await app.listen(0, '127.0.0.1');
    expect((await send(port, '/ready')).status).toBe(200);
  });

  it('is started again when it dies, and that is said once', async () => {
    const log = new RecordingLogger();
    const app = await startApp(log);
    const service = app.get(ProbeService);
    for (let time = 0; time < 2; time++) {
      await killThread(service);
      await expect
        .poll(async () => (await send(service.address!.port, '/ready')).status, { timeout: 10_000 })
        .toBe(200);
    }
    expect(log.matching(/^error answering probes failed/)).toHaveLength(1);
  });

  it('fails the start of an app whose port is taken, and holds nothing', async () => {
    const first = await startApp();
    const { port } = first.get(ProbeService).address!;
    const second = await createApp({ ...PROBE, port });
    const failure = await second.init().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ProbeNotListeningError);
    expect(failure).toMatchObject({ code: 'RESILIENCE_PROBE_NOT_LISTENING', port, host: '127.0.0.1' });
    expect(second.get(ProbeService).address).toBeUndefined();
    expect((await send(port, '/ready')).status).toBe(200);
  });

  it('is gone when the app has closed, and can be started anew on its port', async () => {
    const first = await startApp();
    const { port } = first.get(ProbeService).address!;
    await first.close();
    await expect(send(port, '/live')).rejects.toThrow('ECONNREFUSED');
    const second = await createApp({ ...PROBE, port });
    await second.init();
    expect((await send(port, '/live')).status).toBe(200);
  });

  it('names an address that is not of this machine', async () => {
    const app = await createApp({ port: 0, host: '192.0.2.1' });
    await expect(app.init()).rejects.toThrow(
      /^The probe thread cannot listen on port 0 of 192\.0\.2\.1: .*EADDRNOTAVAIL.*Correct probe\.port or probe\.host\.$/,
    );
  });
});

/** As an error of its own would end it; nobody outside can do it. */
async function killThread(service: ProbeService): Promise<void> {
  const { worker } = Reflect.get(service, 'thread') as { worker: Worker };
  await worker.terminate();
}
