import { Controller, Get, Injectable, type ModuleMetadata } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { MemoryCost, ResilienceModule, ShedPriority, SkipMemoryBudget } from 'nestjs-headroom';
import { expect, it } from 'vitest';

import { RecordingLogger } from '../queue/recording-logger.js';

@Controller('health')
class HealthController {
  @Get()
  check(): string {
    return 'mine';
  }
}

@Controller('exports')
@ShedPriority('sheddable')
class ExportsController {
  @Get()
  @SkipMemoryBudget()
  @MemoryCost({ build: '200mb' })
  all(): string {
    return 'all';
  }
}

@Injectable()
@ShedPriority('critical')
class Reports {
  @SkipMemoryBudget()
  build(): void {}
}

async function warningsOf(metadata: ModuleMetadata, options: object = {}): Promise<string[]> {
  const log = new RecordingLogger();
  const imports = [ResilienceModule.forRoot(options)];
  const module = await Test.createTestingModule({ ...metadata, imports })
    .setLogger(log)
    .compile();
  const app = await module.createNestApplication({ logger: log }).init();
  await app.close();
  return log.matching(/does nothing on|by the extra health/);
}

it('a controller at the paths of the extra health is told of', async () => {
  const controllers = [HealthController];
  expect(await warningsOf({ controllers }, { health: true })).toEqual([
    expect.stringMatching(/^warn .*GET \/health is served by HealthController and by the extra health/),
  ]);
  expect(await warningsOf({ controllers })).toEqual([]);
  expect(await warningsOf({ controllers }, { health: { path: '/status' } })).toEqual([]);
});

it('decorators for routes are told of on providers, and costs by name on a route', async () => {
  const warnings = await warningsOf({ controllers: [ExportsController], providers: [Reports] });
  expect(warnings.map((line) => /(@\w+\(.*\)) does nothing on ([\w.]+)/.exec(line)?.slice(1))).toEqual([
    ['@MemoryCost({ ... })', 'ExportsController.all'],
    ['@SkipMemoryBudget()', 'Reports'],
    ['@ShedPriority()', 'Reports'],
  ]);
});

it('the module without forRoot() is an error that says so', async () => {
  const starting = Test.createTestingModule({ imports: [ResilienceModule] })
    .setLogger(new RecordingLogger())
    .compile();
  await expect(starting).rejects.toThrow(
    'import of ResilienceModule: received no options; allowed: ResilienceModule.forRoot(), or forRootAsync()',
  );
});
