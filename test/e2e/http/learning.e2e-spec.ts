import { setTimeout as delay } from 'node:timers/promises';
import { Controller, Get, Param } from '@nestjs/common';
import { MemoryLedger, RequestMonitor, ResilienceModule } from 'nestjs-headroom';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { onEachPlatform, type RunningApp } from '../../support/platforms.js';

const MB = 1024 ** 2;

@Controller()
class RoutesController {
  @Get('light/:name')
  light(@Param('name') name: string) {
    return { name };
  }

  @Get('slow/:ms')
  async slow(@Param('ms') ms: string) {
    await delay(Number(ms));
    return { ms };
  }

  @Get('heavy')
  async heavy() {
    const bytes = Buffer.alloc(40 * MB, 1);
    await delay(100);
    return { bytes: bytes.length };
  }
}

describe('what routes take is learned, with nothing declared', () => {
  onEachPlatform((platform) => {
    let running: RunningApp;
    const stateOf = (key: string) =>
      running.app
        .get(MemoryLedger)
        .report()
        .kinds.find((kind) => kind.key === key);

    async function statuses(path: string, count: number, everyMs = 0): Promise<Set<number>> {
      const requests: Promise<number>[] = [];
      for (let sent = 0; sent < count; sent++) {
        requests.push(fetch(`${running.url}${path}`).then(({ status }) => status));
        if (everyMs > 0) await delay(everyMs);
      }
      return new Set(await Promise.all(requests));
    }

    beforeAll(async () => {
      running = await platform.createApp({
        imports: [ResilienceModule.forRoot()],
        controllers: [RoutesController],
      });
    });
    afterAll(() => running.close());

    it('a light route is known for it after some requests, and free', async () => {
      expect(await statuses('/light/a', 40)).toEqual(new Set([200]));
      expect(stateOf('GET /light/:name')).toMatchObject({ state: 'light', inFlight: 0 });
    });

    it('a route that is only slow refuses nobody while it is learned', async () => {
      expect(await statuses('/slow/700', 60, 20)).toEqual(new Set([200]));
      expect(running.app.get(RequestMonitor).refused).toBe(0);
    });

    it('a heavy route is known for what it takes after the first', async () => {
      expect(await statuses('/heavy', 1)).toEqual(new Set([200]));
      const heavy = stateOf('GET /heavy');
      expect(heavy).toMatchObject({ state: 'heavy', observed: 1 });
      expect(heavy!.seen.totalBytes / MB).toBeGreaterThan(30);
      expect(heavy!.seen.totalBytes / MB).toBeLessThan(60);
    });
  });
});
