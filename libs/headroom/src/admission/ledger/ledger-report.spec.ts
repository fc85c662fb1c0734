import { expect, it } from 'vitest';

import { describeLedger, type KindReport } from './ledger-report.js';

const MB = 1024 ** 2;

const KIND: KindReport = {
  lane: 'job',
  key: 'reports:build',
  state: 'heavy',
  seen: { heapBytes: 60 * MB, totalBytes: 61 * MB },
  observed: 12,
  inFlight: 2,
};

const linesOf = (...kinds: KindReport[]): string[] =>
  describeLedger({
    limitBytes: 384 * MB,
    usedBytes: 210 * MB,
    floorBytes: 110 * MB,
    reservedBytes: 120 * MB,
    budgetBytes: { request: 340 * MB, job: 307 * MB },
    collections: 0,
    collectedMs: 0,
    kinds,
  });

it('a line tells the whole, and one each kind of work that is not light', () => {
  expect(linesOf(KIND, { ...KIND, state: 'light', key: 'GET /' })).toEqual([
    'memory ledger: used 210/384MB, floor 110MB, reserved 120MB; 1 light kind of work',
    '  heavy job reports:build 61MB (heap 60MB), 12 seen, 2 in flight',
  ]);
});

it('a cost that was declared is told beside what was seen', () => {
  expect(linesOf({ ...KIND, state: 'declared', declaredBytes: 200 * MB })[1]).toBe(
    '  declared job reports:build 61MB (heap 60MB) of 200MB declared, 12 seen, 2 in flight',
  );
});
