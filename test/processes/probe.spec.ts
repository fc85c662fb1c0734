import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';

import { KubernetesProber } from '../support/kubernetes-prober.js';
import { startProbe } from '../support/probe.js';
import { ask, type Answer, ProbeApp, type ProbeAppSetup, probeOn } from './probe-app.js';

const running = new Set<ProbeApp>();

function spawn(setup: ProbeAppSetup): ProbeApp {
  const app = new ProbeApp(setup);
  running.add(app);
  return app;
}

async function start(setup: ProbeAppSetup): Promise<ProbeApp> {
  const app = spawn(setup);
  await app.app.see('ready');
  return app;
}

/** Asks until there is such an answer. */
async function until(url: string, isSuch: (answer: Answer | undefined) => boolean): Promise<Answer[]> {
  const seen: Answer[] = [];
  const giveUpAt = Date.now() + 15_000;
  for (;;) {
    const answer = await ask(url);
    if (answer) seen.push(answer);
    if (isSuch(answer)) return seen;
    if (Date.now() > giveUpAt)
      throw new Error(`never answered so: ${url}, last ${JSON.stringify(seen.at(-1))}`);
    await wait(20);
  }
}

/** A server that has nothing else to do. */
async function idleServer() {
  const server = createServer((_request, response) => void response.end('pong')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

afterEach(async () => {
  for (const { app } of running) {
    app.kill('SIGCONT');
    app.kill('SIGKILL');
    await app.end();
  }
  running.clear();
});

describe.each(['express', 'fastify'] as const)('the probe thread of an app on %s', (platform) => {
  it('answers from before the app is up until it is gone', async () => {
    const { probe, url } = await probeOn();
    const drain = { readinessDelayMs: 400 };
    const { app } = spawn({ platform, bootMs: 300, warmUpMs: 300, resilience: { probe, drain } });
    const starting = await until(`${url}/ready`, (answer) => answer?.status === 200);
    const reasons = new Set(starting.map(({ body }) => body['reason']));
    expect([...reasons]).toEqual(['starting', 'warming up', undefined]);
    expect(new Set(starting.map(({ status }) => status))).toEqual(new Set([503, 200]));

    app.kill('SIGTERM');
    const [first] = (await until(`${url}/ready`, (answer) => answer?.status === 503)).slice(-1);
    expect(first?.body).toMatchObject({ status: 'down', reason: 'draining' });
    expect(await ask(`${url}/live`)).toMatchObject({ status: 200 });
    const live = await until(`${url}/live`, (answer) => answer === undefined);
    expect(live.length).toBeGreaterThan(3);
    expect(live.every(({ status }) => status === 200)).toBe(true);
    expect(await app.end()).toEqual([null, 'SIGTERM']);
  });

  it('answers within milliseconds while the event loop is blocked, says so past maxBlockMs, and ends with the app', async () => {
    const { probe, url } = await probeOn({ maxBlockMs: 1500 });
    const { app } = await start({ platform, blockMs: 10_000, resilience: { probe } });
    const idle = await idleServer();
    const [load, control] = await Promise.all([startProbe(`${url}/live`), startProbe(idle.url)]);
    app.kill('SIGUSR2');
    await app.see('blocking');
    await wait(1000);
    const early = await load.report();
    expect(Object.keys(early.statuses)).toEqual(['200']);
    expect(await ask(`${url}/ready`)).toMatchObject({ status: 200, body: { status: 'up' } });

    const [down] = (await until(`${url}/live`, (answer) => answer?.status === 503)).slice(-1);
    expect(down?.body).toMatchObject({ status: 'down', maxBlockMs: 1500 });
    expect(down?.body['blockedMs']).toBeGreaterThanOrEqual(1500);
    expect(down?.body['blockedMs']).toBeLessThan(2500);
    expect(await ask(`${url}/ready`)).toMatchObject({ status: 503, body: { reason: 'blocked' } });
    expect(app.find('blocked')).toEqual([]);

    await app.see('blocked');
    const [late, unblocked] = await Promise.all([load.stop(), control.stop()]);
    await idle.close();
    expect(early.sent + late.sent).toBeGreaterThan(100);
    // What an idle server takes beside it is the machine's doing.
    const longestMs = 50 + 2 * unblocked.max;
    // One is sent every 20 ms: so many may have been on their way.
    expect(early.sent - early.statuses[200]!).toBeLessThanOrEqual(Math.ceil(longestMs / 20));
    expect(Math.max(early.p50, late.p50)).toBeLessThan(20 + 2 * unblocked.p99);
    expect(Math.max(early.p99, late.p99)).toBeLessThan(longestMs);
    await until(`${url}/live`, (answer) => answer?.status === 200);

    app.kill('SIGHUP');
    expect(await app.end()).toEqual([0, null]);
    expect(app.find('closed')).toHaveLength(1);
    expect(await ask(`${url}/live`)).toBeUndefined();
  });

  it('says who blocks, while it does', async () => {
    const { probe, url } = await probeOn({ maxBlockMs: 300 });
    const { app } = await start({ platform, blockMs: 2500, resilience: { probe } });
    const [{ url: home }] = app.find('ready') as unknown as [{ url: string }];
    const spun = fetch(`${home}/spin`);
    const [down] = (await until(`${url}/live`, (answer) => answer?.status === 503)).slice(-1);
    expect(down?.body).toMatchObject({ status: 'down', by: 'GET /spin' });
    expect((await spun).status).toBe(200);
    await app.seeLine(/event loop blocked for \d+ms by request=GET \/spin/);
    const [up] = (await until(`${url}/live`, (answer) => answer?.status === 200)).slice(-1);
    expect(up?.body).not.toHaveProperty('by');
  });

  it('fails the start on a port that is taken', async () => {
    const taken = await idleServer();
    const port = Number(new URL(taken.url).port);
    const failed = spawn({ platform, resilience: { probe: { port, host: '127.0.0.1' } } });
    const [code] = await failed.app.end();
    await taken.close();
    expect(code).not.toBe(0);
    expect(failed.app.find('booting')).toEqual([]);
    const said = failed.stderr + failed.app.lines(/./).join('\n');
    expect(said).toContain(
      `The probe thread cannot listen on port ${port} of 127.0.0.1: another process, or the app itself, does. Give probe.port`,
    );
  });
});

describe('the probe thread', () => {
  it('does not take a process that was stopped for blocked when it goes on', async () => {
    const { probe, url } = await probeOn({ maxBlockMs: 1000 });
    const { app } = await start({ resilience: { probe } });
    app.kill('SIGSTOP');
    await wait(2000);
    const waiting = ask(`${url}/live`);
    await wait(50);
    app.kill('SIGCONT');
    expect(await waiting).toMatchObject({ status: 200 });
    for (let count = 0; count < 20; count++) expect(await ask(`${url}/live`)).toMatchObject({ status: 200 });
  });

  it('tells what was on the stack: after a block in the log, past maxBlockMs on stderr', async () => {
    const { probe } = await probeOn({ maxBlockMs: 1500, captureProfile: true });
    const blocked = await start({ blockMs: 3000, resilience: { probe } });
    blocked.app.kill('SIGUSR2');
    await blocked.app.seeLine(
      /^warn the event loop was blocked for [23]\d{3}ms; on the stack: .*fibonacci \(.*probe-app\.mjs:\d+\)/,
    );
    expect(blocked.stderr).toMatch(
      /^\[Headroom\] the event loop is blocked for 1\d{3}ms: \/live answers 503; on the stack: .*fibonacci/m,
    );
  });
});

describe('under the rules of Kubernetes', () => {
  it('blocks of seconds kill an app without the probe thread, and not one with it; a loop that hangs is killed', async () => {
    const [able, hung] = await Promise.all([probeOn(), probeOn({ maxBlockMs: 1500 })]);
    const [bare, protectedOne, hanging] = await Promise.all([
      start({ isBare: true, blockMs: 5000 }),
      start({ blockMs: 5000, resilience: { probe: able.probe } }),
      start({ blockMs: 60_000, resilience: { probe: hung.probe } }),
    ]);
    const probers = [
      new KubernetesProber(`${bare.app.url}/ping`, () => bare.app.kill('SIGKILL')),
      new KubernetesProber(`${able.url}/live`, () => protectedOne.app.kill('SIGKILL')),
      new KubernetesProber(`${hung.url}/live`, () => hanging.app.kill('SIGKILL')),
    ];
    for (const { app } of [bare, protectedOne, hanging]) app.kill('SIGUSR2');
    const since = performance.now();
    expect(await bare.app.end()).toEqual([null, 'SIGKILL']);
    expect(await hanging.app.end()).toEqual([null, 'SIGKILL']);
    expect(performance.now() - since).toBeLessThan(7000);
    await protectedOne.app.see('blocked');
    for (const prober of probers) prober.stop();
    expect(probers.map(({ hasKilled }) => hasKilled)).toEqual([true, false, true]);
    expect(probers[1]!.results.length).toBeGreaterThanOrEqual(4);
    expect(probers[1]!.results).not.toContain(false);
  });
});
