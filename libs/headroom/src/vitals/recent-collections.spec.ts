import { expect, it } from 'vitest';

import { collectionRate, type CollectionWindow, withWindow } from './recent-collections.js';

const windowOf = (durationMs: number, collections = 0, pausedMs = 0): CollectionWindow => ({
  durationMs,
  collections,
  pausedMs,
});

it('looks back two seconds, in whole windows', () => {
  let windows: readonly CollectionWindow[] = [];
  for (const pausedMs of [1, 2, 3, 4]) windows = withWindow(windows, windowOf(800, 1, pausedMs));
  expect(windows.map(({ pausedMs }) => pausedMs)).toEqual([2, 3, 4]);
  expect(withWindow(windows, windowOf(2500, 3))).toEqual([windowOf(2500, 3)]);
});

it('counts the collections of the last half second', () => {
  const windows = [windowOf(250, 50), windowOf(250, 2), windowOf(250, 3)];
  expect(collectionRate(windows).collectionsPerSecond).toBe(10);
});

it('tells the share of two seconds that the process stood still', () => {
  const windows = [windowOf(1000, 1, 300), windowOf(1000, 1, 500)];
  expect(collectionRate(windows)).toEqual({ collectionsPerSecond: 1, pausedShare: 0.4 });
});

it('makes no rate of a single collection, as long as it may have taken, nor of nothing', () => {
  expect(collectionRate([windowOf(50, 1, 45)])).toEqual({ collectionsPerSecond: 2, pausedShare: 0 });
  expect(collectionRate([windowOf(900, 1, 850)]).pausedShare).toBe(0);
  expect(collectionRate([])).toEqual({ collectionsPerSecond: 0, pausedShare: 0 });
});

it('never tells of more time than there was', () => {
  expect(collectionRate([windowOf(2000, 2, 2900)]).pausedShare).toBe(1);
});
