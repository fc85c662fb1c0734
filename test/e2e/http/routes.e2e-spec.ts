import {
  All,
  Controller,
  Delete,
  Get,
  Head,
  type INestApplication,
  type MiddlewareConsumer,
  Module,
  type NestModule,
  Post,
  RequestMethod,
  Version,
  VERSION_NEUTRAL,
  VersioningType,
} from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { PressureService, RequestMonitor, ResilienceModule, ShedPriority } from 'nestjs-headroom';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { onEachPlatform, type RunningApp } from '../../support/platforms.js';
import { PressureDial } from '../pressure-dial.js';

// At critical pressure only what is found, and found to be critical, is answered.

@Controller(['zoo', '/animals/'])
@ShedPriority('critical')
class ZooController {
  @Get()
  all(): string {
    return 'all';
  }

  @Get(['keepers', 'keepers/:id/shifts'])
  keepers(): string {
    return 'keepers';
  }

  @Get('cages/:cage/animals/:animal')
  animal(): string {
    return 'animal';
  }

  @Post('cages')
  build(): string {
    return 'built';
  }

  @Delete('cages/:cage')
  tearDown(): string {
    return 'gone';
  }

  @All('visitors')
  visitors(): string {
    return 'visitors';
  }

  @Head('gate')
  gate(): void {}

  @Get('files/*')
  files(): string {
    return 'file';
  }
}

@Controller('pens')
class PensController {
  @Get('me')
  @ShedPriority('critical')
  mine(): string {
    return 'mine';
  }

  @Get(':id')
  one(): string {
    return 'one';
  }
}

/** Handlers that controllers inherit share their functions, not their marks. */
class ListController {
  @Get()
  list(): string {
    return 'list';
  }
}

@Controller('bills')
@ShedPriority('critical')
class BillsController extends ListController {}

@Controller('adverts')
@ShedPriority('sheddable')
class AdvertsController extends ListController {}

@Controller({ path: 'prices', version: ['1', '2'] })
@ShedPriority('critical')
class PricesController {
  @Get()
  first(): string {
    return 'prices';
  }

  @Get('latest')
  @Version('3')
  latest(): string {
    return 'latest';
  }

  @Get('plain')
  @Version(VERSION_NEUTRAL)
  plain(): string {
    return 'plain';
  }
}

@Controller({ path: 'things', version: '1' })
@ShedPriority('sheddable')
class OldThingsController {
  @Get()
  list(): string {
    return 'old';
  }

  @Get('old')
  old(): string {
    return 'old';
  }
}

@Controller({ path: 'things', version: '2' })
@ShedPriority('critical')
class NewThingsController {
  @Get()
  list(): string {
    return 'new';
  }
}

@Controller('users')
@ShedPriority('critical')
class AdminController {
  @Get(':id')
  one(): string {
    return 'user';
  }
}

@Controller({ path: 'rooms', host: 'rooms.example.com' })
@ShedPriority('critical')
class HostController {
  @Get()
  list(): string {
    return 'rooms';
  }
}

@Module({ controllers: [AdminController] })
class AdminModule {}

const dial = new PressureDial({ elevated: 0.3, critical: 0.4 });

function pass(_request: unknown, _response: unknown, next: () => void): void {
  next();
}

async function statusOf(running: RunningApp, call: string, headers: Record<string, string> = {}) {
  const [method = '', path = ''] = call.split(' ');
  return (await fetch(`${running.url}${path}`, { method, headers })).status;
}

onEachPlatform((platform) => {
  afterAll(() => dial.release());

  async function start(
    configure: (app: INestApplication) => void = () => undefined,
    isVersioned = false,
  ): Promise<RunningApp> {
    @Module({
      imports: [
        ResilienceModule.forRoot(dial.options()),
        AdminModule,
        RouterModule.register([{ path: 'admin', module: AdminModule }]),
      ],
      controllers: [
        ZooController,
        PensController,
        BillsController,
        AdvertsController,
        PricesController,
        HostController,
        // Fastify takes two handlers of one path only when their versions differ.
        ...(isVersioned ? [OldThingsController, NewThingsController] : []),
      ],
    })
    class AppModule implements NestModule {
      configure(consumer: MiddlewareConsumer): void {
        consumer.apply(pass).forRoutes({ path: 'pens/:id', method: RequestMethod.GET }, 'zoo');
      }
    }
    const running = await platform.createApp({ imports: [AppModule] }, { configure });
    // What the first request loads would move the dial.
    await statusOf(running, 'GET /nowhere');
    await dial.turnTo('critical', running.app.get(PressureService));
    return running;
  }

  describe('without prefix and versions', () => {
    let running: RunningApp;
    beforeAll(async () => {
      running = await start();
    });

    it.each([
      'GET /zoo',
      'GET /animals',
      'GET /zoo?open=1',
      'GET /zoo/keepers',
      'GET /animals/keepers/7/shifts',
      'GET /zoo/cages/1/animals/2',
      'GET /zoo/cages/%20/animals/%C3%A4',
      'DELETE /zoo/cages/1',
      'GET /zoo/visitors',
      'PATCH /zoo/visitors',
      'HEAD /zoo',
      'HEAD /zoo/gate',
      'GET /zoo/files/a/b.txt',
      'GET /pens/me',
      'GET /bills',
      'GET /prices',
      'GET /admin/users/5',
    ])('%s is found', async (call) => {
      await dial.turnTo('critical', running.app.get(PressureService));
      expect(await statusOf(running, call)).toBe(200);
    });

    it.each([
      'PUT /zoo',
      'GET /zoo/nothing',
      'GET /pens/5',
      'GET /pens/me/too',
      'GET /adverts',
      'GET /users/5',
      'GET /',
    ])('%s is refused', async (call) => {
      await dial.turnTo('critical', running.app.get(PressureService));
      expect(await statusOf(running, call)).toBe(503);
    });

    it('a POST is found', async () => {
      await dial.turnTo('critical', running.app.get(PressureService));
      expect(await statusOf(running, 'POST /zoo/cages')).toBe(201);
    });

    it('a path that cannot be decoded does no harm', async () => {
      await dial.turnTo('critical', running.app.get(PressureService));
      expect([400, 503]).toContain(await statusOf(running, 'GET /pens/%E0%A4%A'));
      expect(await statusOf(running, 'GET /pens/me')).toBe(200);
    });

    it('a refused request is told by its route', async () => {
      await dial.turnTo('critical', running.app.get(PressureService));
      const routes: string[] = [];
      running.app
        .get(RequestMonitor)
        .events.subscribe(({ kind, route }) => kind === 'shed' && routes.push(route));
      for (const path of ['/pens/5', '/adverts?a=1', '/nowhere']) await statusOf(running, `GET ${path}`);
      expect(routes).toEqual(['GET /pens/:id', 'GET /adverts', '(no route)']);
    });
  });

  it('with a global prefix, and what it excludes', async () => {
    const running = await start(
      (app) => void app.setGlobalPrefix('api', { exclude: ['zoo', 'pens/{*rest}'] }),
    );
    for (const call of [
      'GET /zoo',
      'GET /api/animals',
      'GET /api/zoo/keepers',
      'GET /pens/me',
      'GET /api/admin/users/5',
    ]) {
      expect([call, await statusOf(running, call)]).toEqual([call, 200]);
    }
    for (const call of [
      'GET /api/zoo',
      'GET /api/pens/me',
      'GET /pens/5',
      'GET /api/adverts',
      'GET /bills',
    ]) {
      expect([call, await statusOf(running, call)]).toEqual([call, 503]);
    }
  });

  it('with versions in the path', async () => {
    const running = await start((app) => {
      app.setGlobalPrefix('api');
      app.enableVersioning({ type: VersioningType.URI, defaultVersion: '9' });
    }, true);
    for (const path of [
      'v1/prices',
      'v2/prices',
      'v3/prices/latest',
      'prices/plain',
      'v2/things',
      'v9/zoo/keepers',
    ]) {
      expect([path, await statusOf(running, `GET /api/${path}`)]).toEqual([path, 200]);
    }
    for (const path of ['v1/things', 'v9/pens/5', 'v9/adverts', 'v3/prices', 'zoo']) {
      expect([path, await statusOf(running, `GET /api/${path}`)]).toEqual([path, 503]);
    }
  });

  it('with versions in a header: what may be critical is not refused', async () => {
    const running = await start(
      (app) => void app.enableVersioning({ type: VersioningType.HEADER, header: 'x-version' }),
      true,
    );
    expect(await statusOf(running, 'GET /things', { 'x-version': '2' })).toBe(200);
    expect(await statusOf(running, 'GET /things', { 'x-version': '1' })).toBe(200);
    expect(await statusOf(running, 'GET /things/old', { 'x-version': '1' })).toBe(503);
    expect(await statusOf(running, 'GET /prices', { 'x-version': '1' })).toBe(200);
  });

  it('with a host: what may be critical is not refused', async () => {
    const running = await start();
    expect(await statusOf(running, 'GET /rooms')).toBe(404);
  });
});
