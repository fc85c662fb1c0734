import { createRequire } from 'node:module';
import underPressure from '@fastify/under-pressure';
import type { DynamicModule, INestApplication } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

import type { Contestant } from './contestants.js';

/** Far above what `/ping` reaches: we measure what looking costs, and a request that is refused is cheap. */
const LIMITS = { maxEventLoopDelay: 5000, maxHeapUsedBytes: 4 * 2 ** 30, maxRssBytes: 8 * 2 ** 30 };

type OverloadProtection = (
  framework: 'express',
  options: typeof LIMITS,
) => Parameters<NestExpressApplication['use']>[0];

export async function modulesOf(contestant: Contestant): Promise<DynamicModule[]> {
  if (contestant !== 'headroom' && contestant !== 'headroom-no-preset') return [];
  const { ResilienceModule } = await import('nestjs-headroom');
  return [ResilienceModule.forRoot({ http: { presetPrototypes: contestant === 'headroom' } })];
}

export async function protect(app: INestApplication, contestant: Contestant): Promise<void> {
  switch (contestant) {
    case 'under-pressure':
      await (app as NestFastifyApplication).register(underPressure, LIMITS);
      break;
    case 'overload-protection': {
      const overloadProtection = createRequire(import.meta.url)('overload-protection') as OverloadProtection;
      app.use(overloadProtection('express', LIMITS));
      break;
    }
    case 'empty-guard':
      app.useGlobalGuards({ canActivate: () => true });
      passBy(app);
      break;
    case 'bare':
    case 'bare-again':
    case 'headroom':
    case 'headroom-no-preset':
      break;
    default:
      contestant satisfies never;
  }
}

const passOn = (_request: unknown, _response: unknown, pass: () => void): void => pass();

/** What a library has to have to be asked before the body is read. */
function passBy(app: INestApplication): void {
  const adapter = app.getHttpAdapter();
  if (adapter.getType() === 'fastify')
    (app as NestFastifyApplication).getHttpAdapter().getInstance().addHook('onRequest', passOn);
  else adapter.use(passOn);
}
