import { expect, it } from 'vitest';

import { countMemoryDeaths, isMemoryDeath, memoryDeathMarker, numberMemoryDeath } from './memory-deaths.js';

const trace = (marker: string) => `Error: it died (file.js) ${marker}\n    at anywhere`;

it('counts stack traces with the marker, and others not', () => {
  expect(countMemoryDeaths([])).toBe(0);
  expect(
    countMemoryDeaths(['Error: out of memory', trace(memoryDeathMarker()), trace(memoryDeathMarker())]),
  ).toBe(2);
});

it('believes the number where only the last traces are kept', () => {
  expect(countMemoryDeaths([trace(memoryDeathMarker(4))])).toBe(4);
  expect(countMemoryDeaths([trace(memoryDeathMarker(1)), trace(memoryDeathMarker(1))])).toBe(2);
});

it('puts the number in', () => {
  expect(numberMemoryDeath(trace(memoryDeathMarker()), 3)).toBe(trace('[HEADROOM_MEMORY_DEATH 3]'));
  expect(numberMemoryDeath('another error', 3)).toBe('another error');
  expect(isMemoryDeath(trace(memoryDeathMarker(3)))).toBe(true);
  expect(isMemoryDeath('[HEADROOM_MEMORY_DEATHS]')).toBe(false);
});
