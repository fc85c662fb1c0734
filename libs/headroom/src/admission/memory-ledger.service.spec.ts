import { Subject } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { WorkExceedsBudgetError } from '../errors/index.js';
import { SafeLogger } from '../listeners/index.js';
import type { PressureService } from '../pressure/index.js';
import type { ResilienceOptions } from '../resilience-options.js';
import { resolveOptions } from '../resolve-options.js';
import type { MemoryLimits, MemoryReading, VitalsSample, VitalsService } from '../vitals/index.js';
import { type ChildrenReading, readMemory } from '../vitals/memory-reading.js';
import { MemoryLedger } from './memory-ledger.service.js';
import type { Refusal, Reservation } from './reservation.js';

const MB = 1024 ** 2;

let ledger: MemoryLedger;
afterEach(() => {
  vi.useRealTimers();
  ledger.onApplicationShutdown();
});

/** The real ledger over the real process, under a limit so far above what it uses. */
function setUp(roomMb: number, readingNow?: () => MemoryReading, options: ResilienceOptions = {}) {
  const rssBytes = process.memoryUsage.rss();
  const limitBytes = rssBytes + roomMb * MB;
  const last = { rssBytes } as VitalsSample;
  const limits = { effective: { bytes: limitBytes }, heapCeilingBytes: 2 * limitBytes } as MemoryLimits;
  const vitals = {
    last,
    limits,
    samples: new Subject<VitalsSample>(),
    readingNow:
      readingNow ??
      ((children?: ChildrenReading) => readMemory(last, limits, process.memoryUsage.rss(), children)),
    bufferBytesNow: () => process.memoryUsage().arrayBuffers,
  } as unknown as VitalsService;
  let isPlanned: (() => boolean) | undefined;
  const planGrowth = (given: () => boolean): void => void (isPlanned = given);
  const pressure = { planGrowth } as unknown as PressureService;
  const resolved = resolveOptions({ memory: { collectGarbage: false }, ...options });
  ledger = new MemoryLedger(resolved, vitals, pressure);
  ledger.onModuleInit();
  return { limitBytes, isGrowthPlanned: () => isPlanned!() };
}

function reserved(answer: Reservation | Refusal): Reservation {
  if (typeof answer === 'string') throw new Error(answer);
  return answer;
}

function start(key: string, megabytes: number): Reservation {
  const reservation = reserved(ledger.tryReserve(ledger.costOf('request', key, `${megabytes}mb`)));
  reservation.begins!();
  return reservation;
}

const kindOf = (key: string) => ledger.report().kinds.find((kind) => kind.key === key)!;

describe('what is learned of a unit', () => {
  it('nothing, when it was given up before its own code ran', () => {
    setUp(2000);
    const cost = ledger.costOf('request', 'GET /export');
    for (let count = 0; count < 20; count++) {
      const reservation = reserved(ledger.tryReserve(cost));
      reservation.waits!();
      reservation.end();
    }
    expect(kindOf('GET /export')).toMatchObject({ observed: 0, inFlight: 0, state: 'learning' });
    expect(ledger.reservedBytes).toBe(0);
  });

  it('what it takes and gives up without a wait', () => {
    setUp(2000);
    const cost = ledger.costOf('job', 'reports:build');
    const reservation = reserved(ledger.tryReserve(cost));
    reservation.begins!();
    const held = Buffer.alloc(40 * MB, 1);
    reservation.end();
    expect(held).toHaveLength(40 * MB);
    const { state, observed, seen } = kindOf('reports:build');
    expect({ state, observed }).toEqual({ state: 'heavy', observed: 1 });
    expect(seen.totalBytes).toBeGreaterThan(39 * MB);
  });

  it('what it takes until no microtask is left, and not what others take beside it', async () => {
    setUp(2000);
    const waits = reserved(ledger.tryReserve(ledger.costOf('request', 'GET /other', '10mb')));
    waits.begins!();
    await new Promise(setImmediate);
    const job = reserved(ledger.tryReserve(ledger.costOf('job', 'reports:build')));
    job.begins!();
    await Promise.resolve();
    const held = Buffer.alloc(40 * MB, 1);
    await new Promise(setImmediate);
    job.end();
    waits.end();
    expect(held).toHaveLength(40 * MB);
    expect(kindOf('reports:build').seen.totalBytes).toBeGreaterThan(39 * MB);
    expect(kindOf('GET /other').seen.totalBytes).toBeLessThan(5 * MB);
  });
});

it('a unit that takes little begins without a look at memory: it may come thousands of times a second', () => {
  let looks = 0;
  setUp(2000, () => {
    looks++;
    return readMemory(
      { rssBytes: 0 } as VitalsSample,
      { effective: { bytes: 4000 * MB }, heapCeilingBytes: 4000 * MB } as MemoryLimits,
      process.memoryUsage.rss(),
    );
  });
  const begin = (megabytes: number): number => {
    const cost = ledger.costOf('request', `GET /${megabytes}`, `${megabytes}mb`);
    const reservation = reserved(ledger.tryReserve(cost));
    const before = looks;
    reservation.begins!();
    const taken = looks - before;
    reservation.end();
    return taken;
  };
  expect([begin(1), begin(400)]).toEqual([0, 1]);
  expect(kindOf('GET /1').observed).toBe(1);
});

describe('a job of a kind that was never seen', () => {
  it('is not tried out where requests have taken nearly all, before it had its turn in vain', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const { limitBytes } = setUp(600);
    const leftMb = Math.floor((limitBytes * 0.9 - process.memoryUsage.rss()) / MB) - 20;
    reserved(ledger.tryReserve(ledger.costOf('request', 'GET /export', `${leftMb}mb`)));
    const job = ledger.costOf('job', 'reports:build');
    expect(ledger.tryReserve(job)).toBe('no-room');
    for (let count = 0; count < 5; count++) {
      expect(ledger.tryReserve(job, true)).toBe('no-room');
      vi.advanceTimersByTime(251);
    }
    // A request may wait for it.
    expect(ledger.tryReserve(job)).not.toBeTypeOf('string');
    expect(ledger.tryReserve(ledger.costOf('job', 'reports:other'), true)).toBe('no-room');
  });

  it('starts at once where there is room', () => {
    setUp(600);
    expect(ledger.tryReserve(ledger.costOf('job', 'reports:build'))).not.toBeTypeOf('string');
  });
});

const readingWith = (unchargedMb: number) => (): MemoryReading => ({
  usedBytes: (80 - unchargedMb) * MB,
  unchargedBytes: unchargedMb * MB,
  limitBytes: 200 * MB,
  heapUsedBytes: 30 * MB,
  heapOldBytes: 30 * MB,
  heapPhysicalBytes: 30 * MB,
  heapCeilingBytes: 500 * MB,
  externalBytes: 0,
  machineAvailableBytes: Infinity,
});

const fitsBesideOne = (unchargedMb: number): boolean => {
  setUp(1000, readingWith(unchargedMb));
  start('GET /one', 60);
  return typeof ledger.tryReserve(ledger.costOf('request', 'GET /other', '60mb')) !== 'string';
};

describe('pages of files that the kernel does not count', () => {
  it('are no part of what is used, and take no room from units', () => {
    expect(fitsBesideOne(0)).toBe(false);
    ledger.onApplicationShutdown();
    expect(fitsBesideOne(40)).toBe(true);
    expect(ledger.report()).toMatchObject({ floorBytes: 40 * MB });
  });
});

describe('growth is planned', () => {
  it('while what is used, and not free to be used again, is mostly that of units', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    let [buffers, resident] = [0, 0];
    const reading = (): MemoryReading => ({
      usedBytes: (80 + resident) * MB,
      unchargedBytes: 0,
      limitBytes: 1000 * MB,
      heapUsedBytes: 30 * MB,
      heapOldBytes: 30 * MB,
      heapPhysicalBytes: 30 * MB,
      heapCeilingBytes: 500 * MB,
      externalBytes: buffers * MB,
      machineAvailableBytes: Infinity,
    });
    const { isGrowthPlanned } = setUp(1000, reading);
    const large = start('GET /large', 200);
    vi.advanceTimersByTime(10);
    buffers = resident = 200;
    expect(isGrowthPlanned()).toBe(true);
    large.end();
    vi.advanceTimersByTime(10);
    // Freed, and kept by the allocator.
    buffers = 0;
    start('GET /small', 30);
    vi.advanceTimersByTime(10);
    expect(isGrowthPlanned()).toBe(true);
    // Somebody else's.
    resident = 550;
    start('GET /small', 30);
    expect(isGrowthPlanned()).toBe(false);
  });
});

describe('what declares more than can ever be free', () => {
  it('is refused', () => {
    setUp(500);
    for (const lane of ['request', 'job'] as const)
      expect(() => ledger.tryReserve(ledger.costOf(lane, 'huge', '64gb'))).toThrow(WorkExceedsBudgetError);
  });

  it('in observe mode is told of: a request by its lane, a job once, and it starts', () => {
    const warn = vi.spyOn(SafeLogger.prototype, 'warn').mockReturnValue();
    setUp(500, undefined, { mode: 'observe' });
    expect(() => ledger.tryReserve(ledger.costOf('request', 'huge', '64gb'))).toThrow(WorkExceedsBudgetError);
    for (let count = 0; count < 3; count++) ledger.tryReserve(ledger.costOf('job', 'huge', '64gb'));
    expect(warn.mock.calls.map(([line]) => line)).toEqual([
      expect.stringMatching(
        /^would refuse a job: job huge declares a memory cost of 65536MB, .* Mode is observe, so it starts\.$/,
      ),
    ]);
    warn.mockRestore();
  });
});
