import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

import { MemoryCgroup, memoryCgroupOrSkip } from '../support/memory-cgroup.js';

const MB = 1024 ** 2;
const LIMIT_BYTES = 300 * MB;
const FIXTURE = fileURLToPath(new URL('./fixtures/bodies.mjs', import.meta.url));
/** Some 6 MB of JSON. */
const BODY = JSON.stringify({
  rows: Array.from({ length: 140_000 }, (_, row) => `item number ${row} padding padding pad padding`),
});

describe.skipIf(memoryCgroupOrSkip()).each(['express', 'fastify'])('bodies of 6 MB on %s', (platform) => {
  let cgroup: MemoryCgroup;
  let app: ChildProcess;
  let url: string;
  afterEach(async () => {
    app.kill('SIGKILL');
    await cgroup.remove();
  });

  async function start(): Promise<void> {
    cgroup = MemoryCgroup.create(LIMIT_BYTES);
    app = cgroup.spawn([FIXTURE, platform], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [port] = (await once(app.stdout!, 'data')) as [Buffer];
    url = `http://127.0.0.1:${String(port).trim()}/imports`;
    for (let count = 0; count < 3; count++) expect(await send()).toBe(201);
  }

  async function send(): Promise<number | 'no answer'> {
    try {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(url, { method: 'POST', headers, body: BODY });
      await response.arrayBuffer();
      return response.status;
    } catch {
      return 'no answer';
    }
  }

  async function sendAtOnce(count: number): Promise<Record<string, number>> {
    const answers = await Promise.all(Array.from({ length: count }, send));
    const counts: Record<string, number> = {};
    for (const answer of answers) counts[answer] = (counts[answer] ?? 0) + 1;
    return counts;
  }

  // Without Headroom they end it, on either platform.
  it('are taken one after the other or refused, sixty of them at once, and the process lives', async () => {
    await start();
    const { 201: taken = 0, 503: refused = 0, ...others } = await sendAtOnce(60);
    expect(others).toEqual({});
    expect(taken).toBeGreaterThan(5);
    expect(taken + refused).toBe(60);
    expect(cgroup.oomKills).toBe(0);
    expect(await send()).toBe(201);
  });
});
