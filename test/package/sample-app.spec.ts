import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

const FOLDER = fileURLToPath(new URL('../../sample-app/', import.meta.url));

/** The sample app as `npm start` runs it, built, on its embedded Redis. */
describe('the sample app', () => {
  let child: ChildProcess;
  let url: string;
  let output = '';

  beforeAll(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const { NODE_OPTIONS: _, ...env } = process.env;
    child = spawn(process.execPath, ['dist/main.js'], {
      cwd: FOLDER,
      env: { ...env, PORT: String(port), REDIS_URL: '', NO_COLOR: '1' },
    });
    child.stdout!.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr!.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const ready = async () => {
      const { status } = await fetch(`${url}/health/ready`);
      if (status !== 200) throw new Error(`not ready: ${status}. ${output}`);
    };
    await vi.waitFor(ready, { timeout: 60_000, interval: 200 });
  });
  afterAll(() => child.kill('SIGKILL'));

  it('says what to try next', () => {
    expect(output).toMatch(/wrapped: all routes, 4 queue workers \(.*\), 1 scheduled task/);
    expect(output.match(/^ {4}curl /gm)).toHaveLength(3);
    expect(output).toContain(`Health: http://localhost:${new URL(url).port}/health`);
  });

  it('works through a batch while it answers', async () => {
    const started = await fetch(`${url}/batches`, { method: 'POST' });
    expect(started.status).toBeLessThan(300);
    const latest = async () =>
      (await (await fetch(`${url}/batches/latest`)).json()) as Record<string, unknown>;
    await vi.waitFor(async () => expect(await latest()).toMatchObject({ state: 'done', percent: 100 }), {
      timeout: 120_000,
      interval: 200,
    });
    expect(await (await fetch(`${url}/rankings/XNYS`)).json()).toMatchObject({ market: 'XNYS' });
    expect(await (await fetch(`${url}/reports/XNYS`)).json()).toMatchObject({ market: 'XNYS' });
    expect(output).toMatch(/task end mem .* outcome=ok .*job=reports:XNYS/);
  });

  it('bundles client modules on demand', async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => fetch(`${url}/bundles/rxjs.js`)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect((await answers[0]!.text()).length).toBeGreaterThan(50_000);
  });

  it('ends on SIGTERM', async () => {
    child.kill('SIGTERM');
    await once(child, 'exit');
    expect(child.signalCode ?? child.exitCode).toBe('SIGTERM');
    expect(output).toContain('lifecycle=shutdown');
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
