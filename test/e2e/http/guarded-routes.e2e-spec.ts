import {
  All,
  type ArgumentsHost,
  Body,
  Catch,
  Controller,
  type ExceptionFilter,
  Get,
  type INestApplication,
  Param,
  Post,
  Scope,
  ServiceUnavailableException,
  UseGuards,
  Version,
  type Type,
  VERSION_NEUTRAL,
  VersioningType,
} from '@nestjs/common';
import { AbstractHttpAdapter, APP_FILTER, HttpAdapterHost } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import {
  MemoryBudgetGuard,
  MemoryCost,
  RequestMonitor,
  ResilienceModule,
  type ResilienceOptions,
} from 'nestjs-headroom';
import { afterAll, describe, expect, it } from 'vitest';

import { onEachPlatform, type RunningApp } from '../../support/platforms.js';
import { PressureDial } from '../pressure-dial.js';

/** More than there is: refused whenever the guard is asked for the right route. */
const IMPOSSIBLE = '64gb';

@Controller('reports')
class ReportsController {
  @Get(':id')
  @MemoryCost(IMPOSSIBLE)
  one(): string {
    return 'report';
  }

  @Get(':id/title')
  @MemoryCost('none')
  title(@Param('id') id: string): string {
    return `title of ${id}`;
  }

  @Post()
  @MemoryCost('1mb')
  create(@Body() { name }: { name: string }): string {
    return `created ${name}`;
  }

  @All('any/method')
  @MemoryCost(IMPOSSIBLE)
  any(): string {
    return 'any';
  }
}

abstract class Listing {
  @Get('list')
  list(): string {
    return 'list';
  }
}

@Controller('cheap')
@MemoryCost('none')
class CheapController extends Listing {}

@Controller('dear')
@MemoryCost(IMPOSSIBLE)
class DearController extends Listing {}

@Controller('versions')
class VersionsController {
  @Get()
  @Version('1')
  @MemoryCost('none')
  first(): string {
    return 'first';
  }

  @Get()
  @Version(['2', '3'])
  @MemoryCost(IMPOSSIBLE)
  second(): string {
    return 'second';
  }

  @Get()
  @Version(VERSION_NEUTRAL)
  @MemoryCost('none')
  neutral(): string {
    return 'neutral';
  }
}

@Controller({ path: 'hosts', host: ':tenant.example.com' })
class HostController {
  @Get()
  hosts(): string {
    return 'hosts';
  }
}

/** A class that nobody can change. */
@Controller('frozen')
@MemoryCost(IMPOSSIBLE)
class FrozenController {
  @Get()
  frozen(): string {
    return 'frozen';
  }
}
Object.freeze(FrozenController.prototype);

/** Nest calls what the instance has, not what its class has. */
@Controller('bound')
@MemoryCost(IMPOSSIBLE)
class BoundController {
  constructor() {
    this.bound = this.bound.bind(this);
  }

  @Get()
  bound(): string {
    return 'bound';
  }
}

/** Asks the guard by itself, on top of the global one. */
@Controller('own')
@UseGuards(MemoryBudgetGuard)
class OwnGuardController {
  @Get()
  @MemoryCost('1mb')
  own(): string {
    return 'own';
  }
}

@Catch(ServiceUnavailableException)
class TeapotFilter implements ExceptionFilter {
  constructor(private readonly adapter: AbstractHttpAdapter) {}

  catch(exception: ServiceUnavailableException, host: ArgumentsHost): void {
    this.adapter.reply(host.switchToHttp().getResponse(), { caught: exception.getResponse() }, 418);
  }
}

@Catch(ServiceUnavailableException)
class TeapotFilterOfRequest extends TeapotFilter {
  constructor({ httpAdapter }: HttpAdapterHost) {
    super(httpAdapter);
  }
}

const controllers = [ReportsController, CheapController, DearController, OwnGuardController];
const dial = new PressureDial();

async function answerOf({ url }: RunningApp, call: string, init: RequestInit = {}): Promise<string> {
  const [method = '', path = ''] = call.split(' ');
  const response = await fetch(url + path, { method, ...init });
  const text = await response.text();
  return response.ok ? text : `${response.status} ${/RESILIENCE_\w+/.exec(text)?.[0] ?? ''}`.trim();
}

onEachPlatform((platform) => {
  afterAll(() => dial.release());

  function start(
    configure: (app: INestApplication) => void = () => undefined,
    more: readonly Type[] = [],
    options: ResilienceOptions = {},
  ): Promise<RunningApp> {
    const imports = [ResilienceModule.forRoot(dial.options(options))];
    return platform.createApp({ imports, controllers: [...controllers, ...more] }, { configure });
  }

  describe('the global guard knows which handler it will be', () => {
    it('by path, parameters and method', async () => {
      const running = await start();
      for (const [call, answer] of [
        ['GET /reports/5', '503 RESILIENCE_WORK_EXCEEDS_BUDGET'],
        ['GET /reports/5/title', 'title of 5'],
        ['HEAD /reports/5', '503'],
        ['DELETE /reports/any/method', '503 RESILIENCE_WORK_EXCEEDS_BUDGET'],
        ['PUT /reports/any/method', '503 RESILIENCE_WORK_EXCEEDS_BUDGET'],
        ['GET /cheap/list', 'list'],
        ['GET /dear/list', '503 RESILIENCE_WORK_EXCEEDS_BUDGET'],
        ['GET /own', 'own'],
        ['GET /nowhere', '404'],
      ] as const) {
        expect([call, await answerOf(running, call)]).toEqual([call, answer]);
      }
    });

    it('by its version', async () => {
      const running = await start(
        (app) => void app.enableVersioning({ type: VersioningType.HEADER, header: 'x-version' }),
        // Fastify takes several handlers of one path only when their versions differ.
        [VersionsController],
      );
      const ask = (version?: string) =>
        answerOf(running, 'GET /versions', version ? { headers: { 'x-version': version } } : {});
      expect(await ask('1')).toBe('first');
      expect(await ask('2')).toBe('503 RESILIENCE_WORK_EXCEEDS_BUDGET');
      expect(await ask('3')).toBe('503 RESILIENCE_WORK_EXCEEDS_BUDGET');
      expect(await ask()).toBe('neutral');
      expect(await answerOf(running, 'GET /dear/list')).toBe('503 RESILIENCE_WORK_EXCEEDS_BUDGET');
    });

    it('in an app that has routes of one host', async () => {
      const running = await start(undefined, [HostController]);
      expect(await answerOf(running, 'GET /reports/5')).toBe('503 RESILIENCE_WORK_EXCEEDS_BUDGET');
      expect(await answerOf(running, 'GET /cheap/list')).toBe('list');
      expect(await answerOf(running, 'GET /hosts')).toBe('404');
    });

    it('of a class that cannot be changed', async () => {
      const running = await start(undefined, [FrozenController]);
      expect(await answerOf(running, 'GET /frozen')).toBe('503 RESILIENCE_WORK_EXCEEDS_BUDGET');
    });

    it('of an instance that has bound it', async () => {
      const running = await start(undefined, [BoundController]);
      expect(await answerOf(running, 'GET /bound')).toBe('503 RESILIENCE_WORK_EXCEEDS_BUDGET');
      expect(await answerOf(running, 'GET /cheap/list')).toBe('list');
    });

    it('when nobody asks who blocks the event loop', async () => {
      const running = await start(undefined, [], { eventLoop: { stallMs: false } });
      expect(await answerOf(running, 'GET /dear/list')).toBe('503 RESILIENCE_WORK_EXCEEDS_BUDGET');
      expect(await answerOf(running, 'GET /cheap/list')).toBe('list');
    });

    it('below a prefix', async () => {
      const running = await start((app) => app.setGlobalPrefix('api'));
      expect(await answerOf(running, 'GET /api/reports/5')).toBe('503 RESILIENCE_WORK_EXCEEDS_BUDGET');
      expect(await answerOf(running, 'GET /api/reports/5/title')).toBe('title of 5');
    });
  });

  it('what is let in has its body', async () => {
    const running = await start();
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ name: 'sales' });
    expect(await answerOf(running, 'POST /reports', { body, headers })).toBe('created sales');
  });

  it("whom the app's own guard refuses takes no memory", async () => {
    let isAllowed = false;
    const running = await start((app) => app.useGlobalGuards({ canActivate: () => isAllowed }));
    const headers = { 'content-type': 'application/json' };
    const post = () => answerOf(running, 'POST /reports', { body: '{"name":"sales"}', headers });
    const monitor = running.app.get(RequestMonitor);
    expect(await post()).toBe('403');
    expect(monitor.counters.admitted).toBe(0);
    isAllowed = true;
    expect(await post()).toBe('created sales');
    expect(monitor.counters.admitted).toBe(1);
  });

  it("a refusal goes through the app's filters", async () => {
    const running = await start((app) => {
      app.useGlobalFilters(new TeapotFilter(app.get(HttpAdapterHost).httpAdapter));
    });
    const response = await fetch(`${running.url}/reports/5`);
    expect(response.status).toBe(418);
    expect(await response.json()).toMatchObject({ caught: { code: 'RESILIENCE_WORK_EXCEEDS_BUDGET' } });
  });

  it('a refusal goes through a filter that is made for each request', async () => {
    const filter = { provide: APP_FILTER, useClass: TeapotFilterOfRequest, scope: Scope.REQUEST };
    const imports = [ResilienceModule.forRoot(dial.options())];
    const { url } = await platform.createApp({ imports, controllers, providers: [filter] });
    expect((await fetch(`${url}/reports/5`)).status).toBe(418);
    expect((await fetch(`${url}/reports/5/title`)).status).toBe(200);
  });

  it('another guard in its place is asked', async () => {
    const asked: string[] = [];
    const module = Test.createTestingModule({
      imports: [ResilienceModule.forRoot(dial.options())],
      controllers,
    })
      .overrideProvider(MemoryBudgetGuard)
      .useValue({ canActivate: () => asked.push('it') > 1 });
    const running = await platform.createApp(module);
    expect(await answerOf(running, 'GET /reports/5/title')).toBe('403');
    expect(await answerOf(running, 'GET /reports/5/title')).toBe('title of 5');
  });
});
