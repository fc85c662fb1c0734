import { expect, it } from 'vitest';

import { MemoryHistory } from './memory-history.js';
import { type PressureSignalName, signal } from './pressure-signal.js';

function growthsOf(history: MemoryHistory, name: PressureSignalName, points: [number, number, number?][]) {
  return points.map(([atMs, used, limit = 1000]) => history.growthOf(signal(name, used, limit), atMs));
}

it('tells growth from the third value on', () => {
  const growths = growthsOf(new MemoryHistory(), 'rss', [
    [0, 100],
    [250, 110],
    [500, 120],
    [750, 120],
  ]);
  expect(growths).toEqual([0, 0, 40, 0]);
});

it('keeps the signals apart', () => {
  const history = new MemoryHistory();
  growthsOf(history, 'rss', [
    [0, 100],
    [250, 110],
  ]);
  expect(growthsOf(history, 'working-set', [[500, 120]])).toEqual([0]);
  expect(growthsOf(history, 'rss', [[500, 120]])).toEqual([40]);
});

it('begins anew under another limit: it may be that of another cgroup', () => {
  const growths = growthsOf(new MemoryHistory(), 'working-set', [
    [0, 100],
    [250, 110],
    [500, 500, 2000],
    [750, 510, 2000],
    [1000, 520, 2000],
  ]);
  expect(growths).toEqual([0, 0, 0, 0, 40]);
});

it('takes an allocation of a moment for a jump, however often it was sampled meanwhile', () => {
  const growths = growthsOf(new MemoryHistory(), 'rss', [
    [0, 100],
    [125, 100],
    [175, 200],
    [225, 300],
    [275, 400],
    [325, 400],
    [375, 400],
    [425, 400],
  ]);
  expect(growths).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
});

it('takes no steep climb from some bytes that came in no time', () => {
  const growths = growthsOf(new MemoryHistory(), 'rss', [
    [0, 100],
    [250, 110],
    [500, 120],
    [501, 130],
    [502, 140],
    [750, 130],
  ]);
  expect(growths).toEqual([0, 0, 40, 40, 40, 40]);
});
