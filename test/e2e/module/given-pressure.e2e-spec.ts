import { Controller, Get } from '@nestjs/common';
import { PressureService, ResilienceModule, VitalsService } from 'nestjs-headroom';
import { expect, it } from 'vitest';

import { onEachPlatform } from '../../support/platforms.js';

@Controller()
class OrdersController {
  @Get('orders')
  orders() {
    return 'orders';
  }
}

onEachPlatform((platform) => {
  it('an app can be seen at critical pressure, as README says', async () => {
    const { app, url } = await platform.createApp({
      imports: [
        ResilienceModule.forRoot({
          vitals: { sampleIntervalMs: 10_000 },
          memory: { collectGarbage: false },
        }),
      ],
      controllers: [OrdersController],
    });
    expect((await fetch(`${url}/orders`)).status).toBe(200);
    const { last, limits } = app.get(VitalsService);
    const usedBytes = limits.effective.bytes;
    const full = {
      ...last,
      rssBytes: usedBytes,
      workingSetBytes: usedBytes,
      workingSetLimitBytes: usedBytes,
    };
    for (let count = 0; count < 2; count++) app.get(PressureService).handle(full);
    expect(app.get(PressureService).level).toBe('critical');
    expect((await fetch(`${url}/orders`)).status).toBe(503);
  });
});
