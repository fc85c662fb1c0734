import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer, IncomingMessage, type Server, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { inspect } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInThisContext } from 'node:vm';
import { Controller, Get, Module, Req, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import { ResilienceModule, type ResilienceOptions } from 'nestjs-headroom';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { presetPrototypes } from '../../../libs/headroom/src/http/express/preset-prototypes.js';
import { skipped } from '../../support/skip.js';

// Only on Express: Fastify has objects of its own around those of Node.

type ExpressApp = ((request: IncomingMessage, response: ServerResponse) => void) & {
  use(...args: unknown[]): void;
  set(name: string, value: unknown): void;
  request: object;
  response: object;
};

type Request = IncomingMessage & {
  readonly app: object;
  readonly baseUrl: string;
  readonly query: object;
  get(name: string): string;
};
type Response = ServerResponse & { json(body: unknown): void; sendFile(path: string, options: object): void };

interface Messages {
  readonly request: Request;
  readonly response: Response;
}

/** What Node has made and nobody has touched yet. */
const STARTED = 'http.server.request.start';
const FIRST_NODE_WITHOUT = 24;

const newExpress = (): ExpressApp => new ExpressAdapter().getInstance();

setFlagsFromString('--allow-natives-syntax');
const haveSameClass = runInThisContext('(a, b) => %HaveSameMap(a, b)') as (a: object, b: object) => boolean;

const seen: Messages[] = [];

@Controller('messages')
class MessagesController {
  @Get()
  tell(@Req() request: Request, @Res() response: Response): void {
    seen.push({ request, response });
    response.json({ query: request.query, host: request.get('host') });
  }
}

const running: { close(): unknown }[] = [];
let started: { prototypes: (object | null)[] }[] = [];
const onStart = (message: unknown) => {
  const { request, response } = message as Messages;
  started.push({ prototypes: [Object.getPrototypeOf(request), Object.getPrototypeOf(response)] });
};

async function create(
  options: ResilienceOptions = {},
  instance = newExpress(),
): Promise<NestExpressApplication> {
  @Module({ imports: [ResilienceModule.forRoot(options)], controllers: [MessagesController] })
  class AppModule {}
  const adapter = new ExpressAdapter(instance);
  const app = await NestFactory.create<NestExpressApplication>(AppModule, adapter, { logger: false });
  running.push(app);
  return app;
}

async function start(
  ...given: Parameters<typeof create>
): Promise<{ app: NestExpressApplication; url: string }> {
  const app = await create(...given);
  await app.listen(0, '127.0.0.1');
  return { app, url: `${await app.getUrl()}/messages` };
}

const serverOf = (app: NestExpressApplication) => app.getHttpServer();
const instanceOf = (app: NestExpressApplication) =>
  app.getHttpAdapter().getInstance() as unknown as ExpressApp;

/** Asks once, by hand, so that the connection may be taken over. */
async function upgrade(app: NestExpressApplication): Promise<IncomingMessage> {
  const { port } = serverOf(app).address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  running.push({ close: () => socket.destroy() });
  socket.write('GET /chat HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n');
  const [request] = (await once(serverOf(app), 'upgrade')) as [IncomingMessage];
  request.socket.destroy();
  return request;
}

beforeEach(() => {
  seen.length = 0;
  started = [];
  subscribe(STARTED, onStart);
});

afterEach(async () => {
  unsubscribe(STARTED, onStart);
  for (const each of running.splice(0).toReversed()) await each.close();
});

const isNeeded = Number.parseInt(process.versions.node, 10) < FIRST_NODE_WITHOUT;
const skip =
  !isNeeded &&
  skipped('requests of Express', `Node ${process.versions.node} does without`, 'REQUIRE_OLD_NODE');

describe.skipIf(skip)('the requests and responses of an Express app', () => {
  it('have the prototypes that Express sets before it does', async () => {
    const { app, url } = await start();
    await fetch(url);
    const { request, response } = instanceOf(app);
    expect(started).toEqual([{ prototypes: [request, response] }]);
  });

  it.each([true, false])('share their hidden classes: %s', async (presets) => {
    const { url } = await start({ http: { presetPrototypes: presets } });
    for (let count = 0; count < 5; count++) await (await fetch(url)).text();
    const [before, last] = seen.slice(-2) as [Messages, Messages];
    expect(haveSameClass(before.request, last.request)).toBe(presets);
    expect(haveSameClass(before.response, last.response)).toBe(presets);
  });

  it('are what Express and Node make of them', async () => {
    const { url } = await start();
    const answer = await fetch(`${url}?page=2`);
    expect(await answer.json()).toEqual({ query: { page: '2' }, host: new URL(url).host });
    const [{ request, response }] = seen as [Messages];
    expect(request).toBeInstanceOf(IncomingMessage);
    expect(response).toBeInstanceOf(ServerResponse);
    expect(request.constructor).toBe(IncomingMessage);
    expect(response.constructor).toBe(ServerResponse);
    expect(inspect(request, { depth: 0 })).toMatch(/^IncomingMessage \{/);
  });

  it('are those of an app inside of it while they are there', async () => {
    const app = await create();
    const inner = newExpress();
    const at: object[] = [];
    const note = (request: object, _response: object, next: () => void) => {
      at.push(Object.getPrototypeOf(request) as object);
      next();
    };
    inner.use(note);
    app.use('/messages', inner, note);
    await app.listen(0, '127.0.0.1');
    expect((await fetch(`${await app.getUrl()}/messages`)).status).toBe(200);
    expect(at).toEqual([inner.request, instanceOf(app).request]);
  });

  it.each<[string, ResilienceOptions]>([
    ['in `observe` mode', { mode: 'observe' }],
    ['without `http.presetPrototypes`', { http: { presetPrototypes: false } }],
  ])("are Node's %s", async (_, options) => {
    const { url } = await start(options);
    await fetch(url);
    expect(started).toEqual([{ prototypes: [IncomingMessage.prototype, ServerResponse.prototype] }]);
  });

  it.each(['before', 'after'])(
    "are Node's for who takes an upgrade, listening since %s the start",
    async (since) => {
      const app = await create();
      if (since === 'before') serverOf(app).on('upgrade', () => {});
      await app.listen(0, '127.0.0.1');
      const url = `${await app.getUrl()}/messages`;
      if (since === 'after') {
        await fetch(url);
        serverOf(app).on('upgrade', () => {});
      }
      started = [];
      expect(Object.getPrototypeOf(await upgrade(app))).toBe(IncomingMessage.prototype);
      expect((await fetch(url)).status).toBe(200);
      expect(started.at(-1)).toEqual({ prototypes: [IncomingMessage.prototype, ServerResponse.prototype] });
    },
  );

  it.each(['before', 'after'])(
    'have the settings of their app inside of another, mounted %s it starts',
    async (when) => {
      const instance = newExpress();
      instance.set('query parser', 'extended');
      const parent = newExpress();
      const app = await create({}, instance);
      if (when === 'before') parent.use('/inner', instance);
      await app.init();
      if (when === 'after') parent.use('/inner', instance);
      const server = createServer(parent).listen(0, '127.0.0.1');
      running.push({ close: () => server.close() });
      await once(server, 'listening');
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/inner/messages?page[number]=2`;
      expect(await (await fetch(url)).json()).toMatchObject({ query: { page: { number: '2' } } });
      expect(seen[0]!.request.app).toBe(instance);
    },
  );

  it('are left as they were by two apps around one instance, the first closed first', async () => {
    const instance = newExpress();
    const { request, response } = instance;
    const both = [await start({}, instance), await start({}, instance)];
    running.length = 0;
    for (const { app, url } of both) {
      expect((await fetch(url)).status).toBe(200);
      await app.close();
    }
    expect(instance.request).toBe(request);
    expect(instance.response).toBe(response);
  });

  it('are served again by the next app around the same instance', async () => {
    const instance = newExpress();
    const { request, response } = instance;
    for (let count = 0; count < 2; count++) {
      const { app, url } = await start({}, instance);
      expect((await fetch(url)).status).toBe(200);
      expect(instance.request).not.toBe(request);
      await app.close();
      running.pop();
      expect(instance.request).toBe(request);
      expect(instance.response).toBe(response);
    }
  });
});

describe('presetting prototypes', () => {
  const classes = {
    IncomingMessage: class extends IncomingMessage {},
    ServerResponse: class extends ServerResponse {},
  };

  it.each<[string, (app: ExpressApp) => Server]>([
    ['HTTP', (app) => createServer(app)],
    ['HTTPS', (app) => createHttpsServer(app)],
  ])('is done for a server of %s, and undone', (_, serverFor) => {
    const app = newExpress();
    const { request } = app;
    const restore = presetPrototypes(app, serverFor(app));
    expect(Object.getPrototypeOf(app.request)).toBe(request);
    restore!();
    expect(app.request).toBe(request);
  });

  it.each<[string, (app: ExpressApp) => Server, (app: ExpressApp) => object]>([
    ['a server with classes of its own', (app) => createServer(classes, app), (app) => app],
    ['a server that another app listens to', () => createServer(newExpress()), (app) => app],
    [
      'a server that another listens to as well',
      (app) => createServer(app).on('request', () => {}),
      (app) => app,
    ],
    [
      'a server that others take upgrades from',
      (app) => createServer(app).on('upgrade', () => {}),
      (app) => app,
    ],
  ])('is left to %s', (_, serverFor) => {
    const app = newExpress();
    const { request, response } = app;
    const server = serverFor(app);
    expect(presetPrototypes(app, server)).toBeUndefined();
    expect(app.request).toBe(request);
    expect(app.response).toBe(response);
    expect(server.listenerCount('newListener')).toBe(0);
  });

  it.each([{}, { request: {}, response: {} }])('is left to what only looks like Express: %o', (looks) => {
    const app = Object.assign(() => {}, looks);
    expect(presetPrototypes(app, createServer(app))).toBeUndefined();
  });
});
