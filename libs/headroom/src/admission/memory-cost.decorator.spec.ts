import { describe, expect, it } from 'vitest';

import { MemoryCost } from './memory-cost.decorator.js';

describe('@MemoryCost()', () => {
  it.each([60_000_000, '60mb', 'none', { build: '200mb', ping: 'none' }] as const)('takes %j', (cost) => {
    expect(() => MemoryCost(cost)).not.toThrow();
  });

  it.each([0, 60, -1, NaN, '60 px', '', null, undefined, true, { build: 'much' }, {}, ['60mb']])(
    'refuses %j',
    (cost) => {
      expect(() => MemoryCost(cost as '60mb')).toThrow(/^@MemoryCost\(\): received .*; allowed: /);
    },
  );
});
