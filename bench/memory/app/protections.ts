import { createRequire } from 'node:module';
import { getHeapStatistics } from 'node:v8';
import underPressure from '@fastify/under-pressure';
import type { INestApplication } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

import { LIMIT_MB, MB } from '../limit.js';
import { inFlightLimit } from './in-flight-limit.js';
import type { Protection } from './setup.js';

const SHARE = 0.85;

/** What a careful reader of both READMEs would set: 85 % of what there is. */
const LIMITS = {
  maxEventLoopDelay: 1000,
  maxHeapUsedBytes: SHARE * getHeapStatistics().heap_size_limit,
  maxRssBytes: SHARE * LIMIT_MB * MB,
};

type OverloadProtection = (
  framework: 'express',
  options: typeof LIMITS & { readonly production: boolean },
) => Parameters<NestExpressApplication['use']>[0];

export async function protect(app: INestApplication, protection: Protection): Promise<void> {
  switch (protection.by) {
    case 'in-flight limit':
      app.use(inFlightLimit('/work', protection.limit));
      break;
    case 'under-pressure': {
      const { sampleInterval } = protection;
      await (app as NestFastifyApplication).register(underPressure, { ...LIMITS, sampleInterval });
      break;
    }
    case 'overload-protection': {
      const overloadProtection = createRequire(import.meta.url)('overload-protection') as OverloadProtection;
      app.use(overloadProtection('express', { ...LIMITS, production: true }));
      break;
    }
    default:
      protection satisfies never;
  }
}
