import type { DiscoveryService, MetadataScanner } from '@nestjs/core';

import { SHED_PRIORITY } from './shed-priority.decorator.js';
import { SKIP_MEMORY_BUDGET } from './skip-memory-budget.decorator.js';

const DECORATORS = [
  { key: SKIP_MEMORY_BUDGET, name: '@SkipMemoryBudget()', ofJobs: ' For jobs there is @SkipResilience().' },
  { key: SHED_PRIORITY, name: '@ShedPriority()', ofJobs: '' },
] as const;

/** Decorators for routes that stand on providers, where nobody reads them: a sentence for each class. */
export function findMisplacedOfRoutes(discovery: DiscoveryService, scanner: MetadataScanner): string[] {
  const classes = new Set<unknown>(discovery.getProviders().map(({ metatype }) => metatype));
  return [...classes]
    .filter((one): one is Provider => typeof one === 'function' && isObject(one.prototype))
    .flatMap((one) => {
      const { prototype } = one;
      const methods = scanner
        .getAllMethodNames(prototype)
        .map((key) => Reflect.get(prototype, key) as unknown);
      const targets = [one, ...methods.filter((method) => typeof method === 'function')];
      return DECORATORS.filter(({ key }) => targets.some((target) => Reflect.hasMetadata(key, target))).map(
        ({ name, ofJobs }) =>
          `${name} does nothing on ${one.name}: it is for controllers and their routes.${ofJobs} Move it, or take it away.`,
      );
    });
}

// oxlint-disable-next-line typescript/no-unsafe-function-type -- Nest's own type of a provider's class, or factory
type Provider = Function & { readonly prototype: object };

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
