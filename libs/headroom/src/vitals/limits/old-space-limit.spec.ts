import { expect, it } from 'vitest';

import { oldSpaceLimit } from './old-space-limit.js';

const MB = 1024 ** 2;
const V8_20 = '11.3.244.8-node.40';
const V8_24 = '13.6.233.17-node.44';

it('is what --max-old-space-size says, whatever the ceiling adds to it', () => {
  expect(oldSpaceLimit(208 * MB, 160 * MB, V8_20)).toBe(160 * MB);
  expect(oldSpaceLimit(352 * MB, 160 * MB, V8_24)).toBe(160 * MB);
});

it('is not a flag that another setting has beaten', () => {
  expect(oldSpaceLimit(524 * MB, 4096 * MB, V8_20)).toBeLessThan(524 * MB);
});

it.each([
  [V8_20, 524, 512],
  [V8_20, 2096, 2048],
  [V8_20, 4144, 4096],
  [V8_24, 560, 512],
  [V8_24, 2240, 2048],
  [V8_24, 4288, 4096],
])('without a flag is the ceiling less the young generation: V8 %s, %i MB', (v8, ceiling, oldSpace) => {
  expect(oldSpaceLimit(ceiling * MB, undefined, v8)).toBe(oldSpace * MB);
});

it('is the ceiling less some percent where V8 tells no version that can be read', () => {
  expect(oldSpaceLimit(1000 * MB, undefined, '')).toBe(Math.floor((1000 * MB) / (1 + 3 / 128)));
});
