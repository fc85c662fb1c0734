import { createServer, IncomingMessage, type Server, ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { loopWork } from '../../vitals/index.js';
import { OpenRequests } from './open-requests.service.js';
import type { ArrivedRequest, RouteFinder } from '../routes/route-finder.service.js';

const policyFor = ({ url }: ArrivedRequest) => ({ key: url });
const finder = { policyFor } as unknown as RouteFinder;
const LONG_MS = 30;

let requests: OpenRequests;
let server: Server;
let client: Socket;
let answers: string;
/** The connection as the server sees it. */
let connection: Socket;
const responses = new Map<string, ServerResponse>();

const arrive = (raw: IncomingMessage, response: ServerResponse) =>
  requests.arrived(raw as IncomingMessage & ArrivedRequest, raw, response);
const underWay = () => Array.from(loopWork.underWay, ({ name }) => name).toSorted();
const ask = (...paths: string[]) =>
  client.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`).join(''));
const arrived = async (...paths: string[]) =>
  vi.waitFor(() => expect([...responses.keys()]).toEqual(expect.arrayContaining(paths)));
/** Answers it, and waits until the client has it. */
async function answer(path: string): Promise<void> {
  responses.get(path)!.end(path);
  await vi.waitFor(() => expect(answers).toContain(`\r\n\r\n${path}`));
}

beforeEach(async () => {
  loopWork.isWatched = true;
  loopWork.forget(performance.now());
  requests = new OpenRequests(finder);
  requests.start();
  responses.clear();
  answers = '';
  server = createServer((request, response) => {
    arrive(request, response);
    responses.set(request.url!, response);
  });
  server.on('connection', (socket) => (connection = socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('data', (data) => (answers += String(data)));
});

afterEach(async () => {
  client.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  requests.onApplicationShutdown();
  loopWork.isWatched = false;
});

describe('requests over one connection', () => {
  it('are under way one after the other', async () => {
    for (const path of ['/first', '/second', '/third']) {
      ask(path);
      await arrived(path);
      expect(underWay()).toEqual([path]);
      await answer(path);
      expect(underWay()).toEqual([]);
    }
  });

  it('are all under way when they are pipelined, until each is answered', async () => {
    ask('/first', '/second', '/third');
    await arrived('/first', '/second', '/third');
    expect(underWay()).toEqual(['/first', '/second', '/third']);
    await answer('/first');
    expect(underWay()).toEqual(['/second', '/third']);
    ask('/fourth');
    await arrived('/fourth');
    expect(underWay()).toEqual(['/fourth', '/second', '/third']);
    await answer('/second');
    expect(underWay()).toEqual(['/fourth', '/third']);
    await answer('/third');
    expect(underWay()).toEqual(['/fourth']);
    await answer('/fourth');
    expect(underWay()).toEqual([]);
  });

  it.each([1, 3])('are over when the client has gone: %d of them', async (count) => {
    const paths = ['/first', '/second', '/third'].slice(0, count);
    ask(...paths);
    await arrived(...paths);
    expect(underWay()).toHaveLength(count);
    client.destroy();
    await vi.waitFor(() => expect(underWay()).toEqual([]));
  });

  it('keep their names as evidence while the next is under way', async () => {
    ask('/long');
    await arrived('/long');
    await wait(LONG_MS);
    await answer('/long');
    ask('/next');
    await arrived('/next');
    const evidence = loopWork.look(performance.now());
    expect(evidence.underWay.map(({ work, toMs }) => [work.name, toMs < Infinity])).toEqual([
      ['/long', true],
      ['/next', false],
    ]);
    await answer('/next');
  });

  it('are not kept with their bodies as evidence', async () => {
    ask('/long');
    await arrived('/long');
    await wait(LONG_MS);
    await answer('/long');
    const [{ work } = {}] = loopWork.look(performance.now()).underWay;
    expect(work).toMatchObject({ kind: 'request', name: '/long' });
    expect(Object.values(work!).filter((kept) => kept instanceof IncomingMessage)).toEqual([]);
  });

  it('leave no listeners on it', async () => {
    const paths = Array.from({ length: 5 }, (_, index) => `/${index}`);
    const counts: number[] = [];
    for (const path of paths) {
      ask(path);
      await arrived(path);
      await wait(LONG_MS);
      await answer(path);
      counts.push(connection.listenerCount('close'));
    }
    expect(new Set(counts).size).toBe(1);
  });
});

describe('a request', () => {
  it('of no server is under way until its response is closed', () => {
    const request = { url: '/injected', method: 'GET', httpVersionMajor: 1, socket: {} } as IncomingMessage;
    const response = new ServerResponse(request);
    arrive(request, response);
    expect(underWay()).toEqual(['/injected']);
    response.emit('close');
    expect(underWay()).toEqual([]);
  });

  it('that is over already is not', async () => {
    ask('/over');
    await arrived('/over');
    const response = responses.get('/over')!;
    await answer('/over');
    arrive(response.req, response);
    expect(underWay()).toEqual([]);
  });

  it('that comes by twice, to an app inside the other, is one', async () => {
    ask('/inner');
    await arrived('/inner');
    const response = responses.get('/inner')!;
    arrive(response.req, response);
    expect(underWay()).toEqual(['/inner']);
    await answer('/inner');
    expect(underWay()).toEqual([]);
  });

  it('is not noted while nobody watches', async () => {
    loopWork.isWatched = false;
    ask('/unseen');
    await arrived('/unseen');
    expect(underWay()).toEqual([]);
    await answer('/unseen');
  });
});
