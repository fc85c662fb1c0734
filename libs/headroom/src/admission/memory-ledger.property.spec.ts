import { array, assert, constantFrom, integer, nat, property, record } from 'fast-check';
import { Subject } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { WorkExceedsBudgetError } from '../errors/index.js';
import type { PressureService } from '../pressure/index.js';
import { resolveOptions } from '../resolve-options.js';
import type { MemoryLimits, VitalsSample, VitalsService } from '../vitals/index.js';
import { type ChildrenReading, readMemory } from '../vitals/memory-reading.js';
import { MemoryLedger } from './memory-ledger.service.js';
import type { Reservation } from './reservation.js';
import type { Lane } from './work-cost.js';

const MB = 1024 ** 2;
const ROOM_MB = 1000;
const SHARE = { request: 0.875, job: 0.8 } as const;
const MARGIN = (1 - SHARE.request) / 2;

afterEach(() => vi.restoreAllMocks());

/** The real ledger over the real process, with a limit a gigabyte above what it uses. */
function setUp() {
  const rss = process.memoryUsage.rss();
  const limitBytes = (rss + ROOM_MB * MB) / SHARE.request;
  const samples = new Subject<VitalsSample>();
  const last = { rssBytes: rss } as VitalsSample;
  const limits = { effective: { bytes: limitBytes }, heapCeilingBytes: 2 * limitBytes } as MemoryLimits;
  const readingNow = (children?: ChildrenReading) =>
    readMemory(last, limits, process.memoryUsage.rss(), children);
  const vitals = { last, limits, samples, readingNow } as unknown as VitalsService;
  const options = resolveOptions({ memory: { collectGarbage: false } });
  const ledger = new MemoryLedger(options, vitals, {
    planGrowth: () => undefined,
  } as unknown as PressureService);
  ledger.onModuleInit();
  return { ledger, limitBytes };
}

interface Waiter {
  readonly cost: ReturnType<MemoryLedger['costOf']>;
  readonly megabytes: number;
}

/** A lane as the guard and the queues keep it: first come first served, nobody passes who lacks room. */
class TestLane {
  readonly waiting: Waiter[] = [];
  readonly running: { reservation: Reservation; megabytes: number }[] = [];

  constructor(
    private readonly ledger: MemoryLedger,
    readonly lane: Lane,
    private readonly started: (waiter: Waiter) => void,
  ) {
    ledger.onRoom(lane, () => this.review());
  }

  arrive(megabytes: number): void {
    const cost = this.ledger.costOf(this.lane, `${this.lane} of ${megabytes}`, `${megabytes}mb`);
    this.waiting.push({ cost, megabytes });
    this.review();
  }

  review(): void {
    this.ledger.waiting[this.lane] = this.waiting.length;
    while (this.waiting.length > 0) {
      const [first] = this.waiting as [Waiter];
      const outcome = this.ledger.tryReserve(first.cost);
      if (typeof outcome === 'string') return;
      this.waiting.shift();
      this.ledger.waiting[this.lane] = this.waiting.length;
      this.running.push({ reservation: outcome, megabytes: first.megabytes });
      this.started(first);
    }
  }

  endOne(index: number): void {
    if (this.running.length === 0) return;
    const [unit] = this.running.splice(index % this.running.length, 1);
    unit!.reservation.end();
    unit!.reservation.end();
  }

  abandonOne(index: number): void {
    if (this.waiting.length === 0) return;
    this.waiting.splice(index % this.waiting.length, 1);
    this.ledger.waiting[this.lane] = this.waiting.length;
    this.review();
  }
}

const step = record({
  act: constantFrom('arrive', 'arrive', 'end', 'abandon'),
  lane: constantFrom<Lane>('request', 'job'),
  megabytes: integer({ min: 1, max: 700 }),
  index: nat(50),
});

describe('the ledger, whatever comes', () => {
  it('is never over its budget, never negative, never stuck, and keeps the order', () => {
    assert(
      property(array(step, { maxLength: 120 }), (steps) => {
        const { ledger, limitBytes } = setUp();
        const lanes: Record<Lane, TestLane> = {
          request: new TestLane(ledger, 'request', (unit) => check('request', unit)),
          job: new TestLane(ledger, 'job', (unit) => check('job', unit)),
        };
        const runningMb = () =>
          [...lanes.request.running, ...lanes.job.running].reduce((sum, { megabytes }) => sum + megabytes, 0);
        const units = () => lanes.request.running.length + lanes.job.running.length;

        function check(lane: Lane, { megabytes }: Waiter): void {
          const { floorBytes, reservedBytes } = ledger.report();
          expect(reservedBytes).toBeGreaterThanOrEqual(runningMb() * MB - 1);
          // Small units may take half of what is kept free; one alone may always start.
          const share = megabytes * MB <= (limitBytes * MARGIN) / 4 ? SHARE.request + MARGIN : SHARE[lane];
          const mostBytes = units() > 1 ? limitBytes * share + MB : Infinity;
          expect(floorBytes + runningMb() * MB).toBeLessThanOrEqual(mostBytes);
        }

        for (const { act, lane, megabytes, index } of steps) {
          if (act === 'arrive') lanes[lane].arrive(megabytes);
          else if (act === 'end') lanes[lane].endOne(index);
          else lanes[lane].abandonOne(index);
          const isIdle = units() === 0;
          expect(isIdle && lanes.request.waiting.length + lanes.job.waiting.length > 0).toBe(false);
        }
        while (units() > 0) {
          lanes.request.endOne(0);
          lanes.job.endOne(0);
        }
        expect([lanes.request.waiting, lanes.job.waiting]).toEqual([[], []]);
        expect(ledger.report().reservedBytes).toBe(0);
        ledger.onApplicationShutdown();
      }),
      { numRuns: 60 },
    );
  });

  it('refuses at once what can never fit, with its cost and the budget', () => {
    const { ledger } = setUp();
    const cost = ledger.costOf('job', 'reports:build', `${ROOM_MB + 500}mb`);
    expect(() => ledger.tryReserve(cost)).toThrow(WorkExceedsBudgetError);
    expect(() => ledger.tryReserve(cost)).toThrow(
      /reports:build declares a memory cost of 1500MB, and at most \d+MB/,
    );
    ledger.onApplicationShutdown();
  });
});
