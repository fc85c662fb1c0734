import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { RecycleSlot } from './recycle-slot.js';

const INTERVAL = 60_000;

describe('processes of one app on one machine', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'recycle-slot-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const slot = () => new RecycleSlot(INTERVAL, folder);
  const now = Date.now();

  it('go one at a time', () => {
    expect([slot().take(now), slot().take(now), slot().take(now + 10)]).toEqual([true, false, false]);
  });

  it('go one interval apart, also where a span of time ends between them', () => {
    expect(slot().take(now)).toBe(true);
    for (let later = 1000; later < INTERVAL; later += 1000) expect(slot().take(now + later)).toBe(false);
    expect(slot().take(now + 2 * INTERVAL)).toBe(true);
  });

  it('leave no files behind but the last ones', () => {
    for (let turn = 0; turn < 10; turn++) slot().take(now + turn * 3 * INTERVAL);
    expect(readdirSync(folder).length).toBeLessThanOrEqual(2);
  });

  it('go as they like without an interval, and touch nothing', () => {
    const free = new RecycleSlot(0, join(folder, 'nothing'));
    expect([free.take(now), free.take(now)]).toEqual([true, true]);
    expect(readdirSync(folder)).toEqual([]);
  });
});
