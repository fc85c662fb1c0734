import { Injectable, Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { Test } from '@nestjs/testing';
import {
  InvalidOptionsError,
  MemoryBudgetGuard,
  PressureService,
  RESILIENCE_OPTIONS,
  ResilienceModule,
  type ResilienceOptions,
  type ResilienceOptionsFactory,
  type ResolvedResilienceOptions,
  VitalsService,
} from 'nestjs-headroom';
import { describe, expect, it } from 'vitest';

import { onEachPlatform } from '../../support/platforms.js';

type Imports = NonNullable<Parameters<typeof Test.createTestingModule>[0]['imports']>;

/** The options that an app with these imports runs with. */
async function optionsOf(...imports: Imports): Promise<ResolvedResilienceOptions> {
  const module = await Test.createTestingModule({ imports }).compile();
  const options = module.get<ResolvedResilienceOptions>(RESILIENCE_OPTIONS, { strict: false });
  await module.close();
  return options;
}

async function startupError(...imports: Imports): Promise<unknown> {
  try {
    await optionsOf(...imports);
  } catch (error) {
    return error;
  }
  return undefined;
}

/** What a `.env` file gives: texts, and nothing where a variable is not set. */
const config = () =>
  ConfigModule.forRoot({
    ignoreEnvFile: true,
    load: [() => ({ MEMORY_LIMIT: '768mb', RETRY_AFTER: 7 })],
  });

@Injectable()
class OptionsFromConfig implements ResilienceOptionsFactory {
  constructor(private readonly settings: ConfigService) {}

  async createResilienceOptions(): Promise<ResilienceOptions> {
    await Promise.resolve();
    return { memory: { limit: this.settings.getOrThrow<string>('MEMORY_LIMIT') } };
  }
}

@Module({ imports: [ConfigModule], providers: [OptionsFromConfig], exports: [OptionsFromConfig] })
class SettingsModule {}

describe('forRoot', () => {
  it('protects with nothing given: limits are found, memory is sampled, pressure is judged', async () => {
    const module = await Test.createTestingModule({ imports: [ResilienceModule.forRoot()] }).compile();
    await module.init();
    const { limits, last } = module.get(VitalsService);
    expect(limits.effective.bytes).toBeGreaterThan(last.rssBytes);
    expect(limits.all.map(({ source }) => source)).toContain('machine');
    expect(last.heapUsedBytes).toBeLessThan(limits.heapCeilingBytes);
    expect(module.get(PressureService).verdict.signals.length).toBeGreaterThanOrEqual(3);
    await module.close();
  });

  it('passes options on, without those that belong to the module', async () => {
    const module = ResilienceModule.forRoot({ mode: 'observe', guard: false, health: true, isGlobal: false });
    expect(await optionsOf(module)).toMatchObject({ mode: 'observe', memory: { limitBytes: undefined } });
  });

  it('samples by itself', async () => {
    const module = await Test.createTestingModule({
      imports: [ResilienceModule.forRoot({ vitals: { sampleIntervalMs: 50 } })],
    }).compile();
    await module.init();
    const vitals = module.get(VitalsService);
    const first = vitals.last;
    await expect.poll(() => vitals.last, { timeout: 5000 }).not.toBe(first);
    expect(Object.isFrozen(vitals.last)).toBe(true);
    await module.close();
  });

  it('can be injected everywhere, unless it is not global', async () => {
    @Injectable()
    class Consumer {
      constructor(readonly pressure: PressureService) {}
    }
    @Module({ providers: [Consumer] })
    class FeatureModule {}
    const start = (isGlobal?: boolean) =>
      Test.createTestingModule({
        imports: [FeatureModule, ResilienceModule.forRoot(isGlobal === undefined ? {} : { isGlobal })],
      }).compile();
    const module = await start();
    expect(module.get(Consumer, { strict: false }).pressure.level).toBe('normal');
    await module.close();
    await expect(start(false)).rejects.toThrow(/PressureService/);
  });
});

const useFactory = () => ({});

describe('forRootAsync', () => {
  it.each([
    [
      { useFactory, useClass: OptionsFromConfig },
      'forRootAsync: received useFactory and useClass; allowed: one of',
    ],
    [{ useFactory: {} }, 'useFactory: received {}; allowed: a function that returns the options'],
    [{ useFactory: undefined }, 'useFactory: received undefined; allowed: a function'],
    [
      { useFactory, health: { path: '/s', pathh: 1 } },
      'health: received {"path":"/s","pathh":1}; allowed: true',
    ],
  ])('rejects %o', (options, text) => {
    expect(() => ResilienceModule.forRootAsync(options as never)).toThrow(text);
  });

  it('takes options from a factory with the ConfigService', async () => {
    const options = await optionsOf(
      ResilienceModule.forRootAsync({
        imports: [config()],
        inject: [ConfigService],
        useFactory: (settings: ConfigService) => ({
          memory: { limit: settings.get<string>('MEMORY_LIMIT')! },
          http: { retryAfterSeconds: settings.get<number>('RETRY_AFTER')! },
          mode: settings.get<'observe'>('NOT_SET')!,
        }),
      }),
    );
    expect(options).toMatchObject({
      mode: 'enforce',
      memory: { limitBytes: 768 * 1024 ** 2 },
      http: { retryAfterSeconds: 7 },
    });
  });

  it('takes options from a class that it makes', async () => {
    const options = await optionsOf(
      ResilienceModule.forRootAsync({ imports: [config()], useClass: OptionsFromConfig }),
    );
    expect(options.memory.limitBytes).toBe(768 * 1024 ** 2);
  });

  it('takes options from a provider that exists', async () => {
    const options = await optionsOf(
      config(),
      ResilienceModule.forRootAsync({ imports: [SettingsModule], useExisting: OptionsFromConfig }),
    );
    expect(options.memory.limitBytes).toBe(768 * 1024 ** 2);
  });

  it('waits for a factory that takes its time', async () => {
    const options = await optionsOf(
      ResilienceModule.forRootAsync({
        useFactory: async () => {
          await new Promise(setImmediate);
          return { mode: 'observe' as const };
        },
      }),
    );
    expect(options.mode).toBe('observe');
  });
});

describe('options that cannot be used', () => {
  it('end the start of the app with all that is wrong', async () => {
    const error = await startupError(
      ResilienceModule.forRoot({
        memory: { limit: '512 megs' },
        pressure: { elevated: 80 },
        turnGate: { slice: 5 } as object,
      }),
    );
    expect(error).toBeInstanceOf(InvalidOptionsError);
    expect((error as InvalidOptionsError).problems.map(({ option }) => option)).toEqual([
      'memory.limit',
      'pressure.elevated',
      'turnGate.slice',
    ]);
    expect((error as Error).message).toMatchInlineSnapshot(`
      "ResilienceModule cannot start: 3 invalid options.
        - memory.limit: received "512 megs"; allowed: bytes or a text such as '512mb' or '1.5gb', at least 32MB
        - pressure.elevated: received 80; allowed: a number from 0.01 to 1
        - turnGate.slice: received 5; allowed: one of sliceMs, startsPerTurn; there is no "slice"
      Correct the options given to ResilienceModule.forRoot() or forRootAsync()."
    `);
  });

  it('are told the same way out of a factory, extras included', async () => {
    const error = await startupError(
      ResilienceModule.forRootAsync({ useFactory: () => ({ guard: false, mode: 'watch' }) as object }),
    );
    expect((error as Error).message).toMatchInlineSnapshot(`
      "ResilienceModule cannot start: 2 invalid options.
        - guard: received false; allowed: beside useFactory in forRootAsync(): it changes the module graph, a factory runs too late for it
        - mode: received "watch"; allowed: "enforce", "observe"
      Correct the options given to ResilienceModule.forRoot() or forRootAsync()."
    `);
  });

  it('are told when a factory gives something else than options', async () => {
    const error = await startupError(ResilienceModule.forRootAsync({ useFactory: () => null as never }));
    expect((error as Error).message).toMatchInlineSnapshot(`
      "ResilienceModule cannot start: 1 invalid option.
        - options: received null; allowed: an object
      Correct the options given to ResilienceModule.forRoot() or forRootAsync()."
    `);
  });

  it.each([
    [{ guard: 'false' }, 'guard: received "false"; allowed: true, false'],
    [{ isGlobal: 1 }, 'isGlobal: received 1; allowed: true, false'],
  ])('of the module itself are checked: %o', (extras, text) => {
    expect(() => ResilienceModule.forRoot(extras as never)).toThrow(text);
    expect(() => ResilienceModule.forRootAsync({ useFactory: () => ({}), ...(extras as object) })).toThrow(
      text,
    );
  });

  it('are told when the module is imported twice: which ones would count?', async () => {
    @Module({ imports: [ResilienceModule.forRoot({ mode: 'observe' })] })
    class FeatureModule {}
    const error = await startupError(ResilienceModule.forRoot(), FeatureModule);
    expect((error as Error).message).toContain(
      'import of ResilienceModule: received 2 times; allowed: once: what it provides is global',
    );
  });

  it('are told at once when they stand beside the factory, where nobody reads them', () => {
    const mistaken = { useFactory: () => ({}), mode: 'observe', helth: true };
    expect(() => ResilienceModule.forRootAsync(mistaken as never)).toThrow(
      /2 invalid options\.\n {2}- mode: received "observe"; allowed: nothing beside the factory: .*\n {2}- helth: received true;/,
    );
    expect(() => ResilienceModule.forRootAsync({})).toThrow(
      'forRootAsync: received no factory; allowed: one of useFactory, useClass and useExisting',
    );
  });

  it.each([[null], ['x'], [5n], [[]]])('are told when they are no object: %o', (options) => {
    expect(() => ResilienceModule.forRoot(options as never)).toThrow(
      /options: received .*; allowed: an object/,
    );
  });

  it.each([[{ path: 'status' }], [{ path: '' }], [{}], ['/health'], [null], [5]])(
    'are told at once when `health` is %j',
    (health) => {
      expect(() => ResilienceModule.forRoot({ health: health as never })).toThrow(
        `health: received ${JSON.stringify(health)}; allowed: true, false or { path: '/health' }`,
      );
    },
  );
});

onEachPlatform((platform) => {
  it('what changes the module graph stands beside the factory', async () => {
    const { app, url } = await platform.createApp({
      imports: [
        ResilienceModule.forRootAsync({
          guard: false,
          health: { path: '/status' },
          useFactory: () => ({ http: { retryAfterSeconds: 9 } }),
        }),
      ],
    });
    expect((await fetch(`${url}/status`)).status).toBe(200);
    expect((await fetch(`${url}/health`)).status).toBe(404);
    expect(app.get<ResolvedResilienceOptions>(RESILIENCE_OPTIONS).http.retryAfterSeconds).toBe(9);
    expect(app.get(MemoryBudgetGuard).refused).toBe(0);
  });
});
