import { describe, expect, it, vi } from 'vitest';

import { calm, fakeTimeAndLog } from './fixtures/fake-time.js';
import { Admitted, setUp } from './fixtures/job-admission.js';
import type { Reservation } from './reservation.js';

const lines = fakeTimeAndLog();

describe('when calm', () => {
  it('every job starts at once, beyond any concurrency, and no timer runs', () => {
    const { admission, worker, start } = setUp({ concurrency: 2 });
    const reservations: Reservation[] = [];
    for (let count = 1; count <= 20; count++) {
      reservations.push(start()!);
      expect([admission.running, worker.places]).toEqual([count, count]);
    }
    for (const reservation of reservations) admission.ended(worker, reservation);
    expect([admission.running, worker.places]).toEqual([0, 0]);
    expect(admission.counters).toEqual({ admitted: 20, held: 0, waitedMs: 0, putOff: 0 });
    expect(lines).toEqual({ warn: [], log: [] });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('free starts are counted at their cost, and nothing is allocated for them', () => {
    const { free, start } = setUp();
    const [first, second] = [start(), start()];
    expect(free.freeStarts).toBe(2);
    expect(first).toBe(second);
  });

  it('is calm again after pressure', () => {
    const set = setUp({ concurrency: 10 });
    set.pressure.sample('critical');
    calm(set);
    for (let count = 0; count < 20; count++) expect(set.start()).toBeDefined();
    expect(vi.getTimerCount()).toBe(0);
    expect(set.admission.counters.held).toBe(0);
  });
});

describe('a held job', () => {
  it('can be given back, and only that one', async () => {
    const set = setUp();
    const { admission, pressure, worker, hold } = set;
    pressure.sample('critical');
    const admitted = new Admitted();
    const jobs = ['a', 'b', 'c'].map((name) => {
      const job = hold();
      admitted.watch(name, job);
      return job;
    });
    jobs[0]!.giveBack();
    jobs[2]!.giveBack();
    await admitted.now();
    expect(admitted.givenBack).toEqual(['a', 'c']);
    expect([admission.running, worker.places]).toEqual([0, 0]);
    calm(set);
    expect(await admitted.now()).toEqual(['b']);
    expect([admission.running, worker.places]).toEqual([1, 1]);
  });

  it('is let go at once when it is cancelled, at critical too, and takes a place for its end', async () => {
    const set = setUp();
    const { admission, pressure, worker, hold } = set;
    pressure.sample('critical');
    const admitted = new Admitted();
    admitted.watch('first', hold());
    const second = hold();
    admitted.watch('second', second);
    second.letGo();
    expect(await admitted.now()).toEqual(['second']);
    second.letGo();
    second.giveBack();
    expect([admission.running, worker.places]).toEqual([1, 1]);
    admission.ended(worker, admitted.reservations.get('second')!);
    calm(set);
    expect(await admitted.now()).toEqual(['second', 'first']);
    expect(admitted.givenBack).toEqual([]);
  });

  it('that was given back or has started is not let go a second time', async () => {
    const { admission, pressure, hold } = setUp();
    pressure.sample('critical');
    const givenBack = hold();
    givenBack.giveBack();
    givenBack.letGo();
    expect(admission.running).toBe(0);
    const started = hold();
    pressure.sample('normal');
    expect(typeof (await started.admitted)).toBe('object');
    started.letGo();
    started.giveBack();
    expect(admission.running).toBe(1);
  });
});

describe('in observe mode', () => {
  it('every job starts, and what would have been held is counted and told once', () => {
    const set = setUp({ mode: 'observe' });
    const { admission, pressure, worker, start } = set;
    pressure.sample('critical');
    expect(admission.isOpen).toBe(true);
    expect(admission.allowedNow(worker)).toBe(10);
    const running = Array.from({ length: 5 }, () => start()!);
    expect(admission.counters).toMatchObject({ admitted: 5, held: 5 });
    expect(lines.warn).toEqual(['would hold jobs: pressure is critical; mode is observe, so they start']);
    pressure.sample('normal', 0.1, 30_000);
    for (const reservation of running) admission.ended(worker, reservation);
    calm(set);
    expect(lines.log).toEqual(['would have held 5 jobs until now']);
  });

  it('a job that fits into the allowance is not counted', () => {
    const { admission, pressure, start } = setUp({ mode: 'observe', concurrency: 10 });
    pressure.sample('elevated', 0.8);
    for (let count = 0; count < 5; count++) start();
    expect(admission.counters.held).toBe(0);
  });

  it('two lines do not become two per sample while pressure is elevated', () => {
    const { pressure, start } = setUp({ mode: 'observe', concurrency: 10 });
    start();
    for (let count = 0; count < 50; count++) {
      pressure.sample('elevated', 0.899);
      start();
    }
    pressure.sample('normal');
    expect(lines.warn.length + lines.log.length).toBeLessThanOrEqual(2);
  });
});

describe('at shutdown', () => {
  it('whoever comes starts, and held jobs wait for their workers to give them back', async () => {
    const { admission, pressure, start, hold } = setUp();
    pressure.sample('critical');
    const admitted = new Admitted();
    const [first] = ['a', 'b', 'c'].map((name) => {
      const job = hold();
      admitted.watch(name, job);
      return job;
    });
    admission.onApplicationShutdown();
    expect(admission.isOpen).toBe(true);
    expect(start()).toBeDefined();
    expect(await admitted.now()).toEqual([]);
    first!.giveBack();
    await vi.advanceTimersByTimeAsync(5000);
    expect(await admitted.now()).toEqual(['b', 'c']);
    expect(admitted.givenBack).toEqual(['a']);
    expect(admission.running).toBe(3);
  });

  it('nothing listens any more, and no timer runs', () => {
    const { admission, ledger, pressure, hold } = setUp();
    expect([pressure.verdicts.observed, ledger.listeners]).toEqual([true, 1]);
    pressure.sample('critical');
    hold({ maxHoldMs: 1000 }).giveBack();
    let isComplete = false;
    admission.events.subscribe({ complete: () => (isComplete = true) });
    admission.onApplicationShutdown();
    expect([pressure.verdicts.observed, ledger.listeners, isComplete]).toEqual([false, 0, true]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
