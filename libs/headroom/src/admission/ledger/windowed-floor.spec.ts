import { expect, it } from 'vitest';

import { WindowedFloor } from './windowed-floor.js';

it('is the bottom of a saw-tooth', () => {
  const floor = new WindowedFloor(1000);
  for (let at = 0; at < 5000; at += 100) floor.note(100 + (at % 700), at);
  expect(floor.value).toBe(100);
});

it('follows a value that has really grown, after two windows', () => {
  const floor = new WindowedFloor(1000);
  floor.note(100, 0);
  floor.note(300, 900);
  floor.note(300, 1000);
  expect(floor.value).toBe(100);
  floor.note(300, 2000);
  floor.note(300, 3000);
  expect(floor.value).toBe(300);
});

it('follows a fall at once', () => {
  const floor = new WindowedFloor(1000);
  floor.note(300, 0);
  floor.note(50, 1);
  expect(floor.value).toBe(50);
});
