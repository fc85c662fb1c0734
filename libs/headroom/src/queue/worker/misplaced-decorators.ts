import type { DiscoveryService } from '@nestjs/core';

import { nestBullMq } from './bullmq-package.js';
import { SKIP_RESILIENCE, YIELD_BETWEEN_JOBS } from './queue.decorators.js';

const DECORATORS = [
  { key: YIELD_BETWEEN_JOBS, name: '@YieldBetweenJobs()' },
  { key: SKIP_RESILIENCE, name: '@SkipResilience()' },
] as const;

/** Decorators for processors that stand on other classes, where nobody reads them: a sentence for each. */
export function findMisplacedDecorators(discovery: DiscoveryService): string[] {
  const classes = new Set<object>();
  for (const { metatype } of [...discovery.getProviders(), ...discovery.getControllers()]) {
    if (typeof metatype === 'function') classes.add(metatype);
  }
  return [...classes].flatMap((one) =>
    isProcessor(one)
      ? []
      : DECORATORS.filter(({ key }) => Reflect.hasMetadata(key, one)).map(
          ({ name }) =>
            `${name} does nothing on ${(one as { name: string }).name}: it is for @Processor() classes. Move it there, ` +
            'or take it away.',
        ),
  );
}

function isProcessor(one: object): boolean {
  return nestBullMq !== undefined && 'prototype' in one && one.prototype instanceof nestBullMq.WorkerHost;
}
