import { All, Controller, type INestApplication, VersioningType } from '@nestjs/common';
import { PressureService, ResilienceModule } from 'nestjs-headroom';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';

import { onEachPlatform, type RunningApp } from '../../support/platforms.js';
import { PressureDial } from '../pressure-dial.js';

@Controller({
  path: ['health', 'healthy', 'metrics', 'livez', 'readiness', 'internal', 'orders'],
  version: ['1'],
})
class AnyController {
  @All(['', 'live', 'deep/down'])
  answer(): string {
    return 'ok';
  }
}

const dial = new PressureDial();

async function statusOf(url: string): Promise<number> {
  return (await fetch(url)).status;
}

onEachPlatform((platform) => {
  afterEach(() => dial.release());

  function start(exemptPaths?: string[], configure?: (app: INestApplication) => void): Promise<RunningApp> {
    const options = dial.options(exemptPaths ? { http: { exemptPaths } } : {});
    return platform.createApp(
      { imports: [ResilienceModule.forRoot(options)], controllers: [AnyController] },
      configure ? { configure } : {},
    );
  }

  describe('by default', () => {
    let running: RunningApp;
    beforeAll(async () => {
      running = await start();
    });

    it.each(['/health', '/health?full=1', '/health/live', '/metrics', '/livez', '/readiness'])(
      '%s is answered at critical pressure',
      async (path) => {
        await dial.turnTo('critical', running.app.get(PressureService));
        expect(await statusOf(`${running.url}${path}`)).toBe(200);
      },
    );

    it.each(['/orders', '/healthy', '/orders/live', '/metrics/live', '/orders?path=/health', '/internal'])(
      '%s is refused at critical pressure',
      async (path) => {
        await dial.turnTo('critical', running.app.get(PressureService));
        expect(await statusOf(`${running.url}${path}`)).toBe(503);
      },
    );
  });

  it('a global prefix does not count, though it is set after the module was built', async () => {
    const { app, url } = await start(undefined, (configured) => void configured.setGlobalPrefix('api/v2'));
    await dial.turnTo('critical', app.get(PressureService));
    expect(await statusOf(`${url}/api/v2/health`)).toBe(200);
    expect(await statusOf(`${url}/api/v2/health/live`)).toBe(200);
    expect(await statusOf(`${url}/api/v2/orders`)).toBe(503);
  });

  it('a path that the global prefix excludes is exempt as well', async () => {
    const { app, url } = await start(
      undefined,
      (configured) => void configured.setGlobalPrefix('api', { exclude: ['health'] }),
    );
    await dial.turnTo('critical', app.get(PressureService));
    expect(await statusOf(`${url}/health`)).toBe(200);
    expect(await statusOf(`${url}/api/metrics`)).toBe(200);
    expect(await statusOf(`${url}/api/orders`)).toBe(503);
  });

  it('`http.exemptPaths` takes the place of the defaults', async () => {
    const { app, url } = await start(['/internal', '/orders/*']);
    await dial.turnTo('critical', app.get(PressureService));
    expect(await statusOf(`${url}/internal`)).toBe(200);
    expect(await statusOf(`${url}/orders/deep/down`)).toBe(200);
    expect(await statusOf(`${url}/orders`)).toBe(503);
    expect(await statusOf(`${url}/internal/live`)).toBe(503);
    expect(await statusOf(`${url}/health`)).toBe(503);
  });

  it.each(['/internal', '/v1/internal'])(
    'a version in the path may be written or left out: %s',
    async (path) => {
      const { app, url } = await start(
        [path],
        (configured) => void configured.enableVersioning({ type: VersioningType.URI }),
      );
      await dial.turnTo('critical', app.get(PressureService));
      expect(await statusOf(`${url}/v1/internal`)).toBe(200);
      expect(await statusOf(`${url}/v1/health`)).toBe(503);
    },
  );
});
