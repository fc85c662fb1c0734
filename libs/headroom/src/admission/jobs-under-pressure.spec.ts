import { describe, expect, it, vi } from 'vitest';

import { calm, fakeTimeAndLog } from './fixtures/fake-time.js';
import { Admitted, setUp } from './fixtures/job-admission.js';
import type { Reservation } from './reservation.js';
import type { PlaceHolder } from './place-holder.js';

const lines = fakeTimeAndLog();

describe('at critical', () => {
  it('no job starts, not even the first of a worker, and those that run may end', async () => {
    const { admission, addWorker, pressure, worker, start, hold } = setUp();
    const running = start()!;
    pressure.sample('critical');
    expect(admission.isOpen).toBe(false);
    expect(start(undefined, addWorker('other'))).toBeUndefined();
    const admitted = new Admitted();
    admitted.watch('held', hold());
    admission.ended(worker, running);
    pressure.sample('critical');
    expect(await admitted.now()).toEqual([]);
    expect(admission.running).toBe(0);
    expect(admission.allowedNow(worker)).toBe(0);
  });

  it('held jobs start by themselves, in the order of arrival, when pressure is normal again', async () => {
    const set = setUp();
    const { admission, pressure, worker, hold } = set;
    pressure.sample('critical');
    const admitted = new Admitted();
    const names = Array.from({ length: 25 }, (_, index) => `job${index}`);
    for (const name of names) admitted.watch(name, hold());
    calm(set);
    expect(await admitted.now()).toEqual(names);
    expect([admission.running, worker.places]).toEqual([25, 25]);
    expect(admission.counters).toMatchObject({ admitted: 25, held: 25 });
  });

  it('a new job does not overtake those that are held, though pressure has fallen', async () => {
    const { pressure, start, hold } = setUp({ concurrency: 1 });
    pressure.sample('critical');
    const admitted = new Admitted();
    admitted.watch('first', hold());
    pressure.level = 'normal';
    expect(start()).toBeUndefined();
    admitted.watch('second', hold());
    expect(await admitted.now()).toEqual(['first']);
  });

  it('a job that had its place goes back to where it came from in the order of arrival', async () => {
    const set = setUp();
    const { admission, pressure, worker, start, hold } = set;
    const earlier = admission.arrive();
    const running = start()!;
    pressure.sample('critical');
    const admitted = new Admitted();
    for (const name of ['b', 'c']) admitted.watch(name, hold());
    admission.ended(worker, running);
    admitted.watch('a, had its place', hold({ arrival: earlier }));
    calm(set);
    expect(await admitted.now()).toEqual(['a, had its place', 'b', 'c']);
  });

  it('several that had their places keep their order among themselves', async () => {
    const set = setUp();
    const { admission, pressure, hold } = set;
    const [first, second] = [admission.arrive(), admission.arrive()];
    pressure.sample('critical');
    const admitted = new Admitted();
    admitted.watch('newcomer', hold());
    admitted.watch('second', hold({ arrival: second }));
    admitted.watch('first', hold({ arrival: first }));
    calm(set);
    expect(await admitted.now()).toEqual(['first', 'second', 'newcomer']);
  });

  it('one line tells that jobs are held and one that they start again', () => {
    const set = setUp();
    set.pressure.sample('critical');
    for (let count = 0; count < 30; count++) set.hold();
    for (let count = 0; count < 30; count++) set.pressure.sample('critical');
    expect(lines.warn).toEqual([
      'holding jobs: pressure is critical; they keep their locks and start by themselves when it has fallen',
    ]);
    calm(set);
    expect(lines.log).toEqual(['starting jobs again: 30 jobs had been held']);
  });
});

describe('at elevated', () => {
  it('at least one job of each worker runs: one may wait for what another has in its queue', () => {
    const { admission, addWorker, pressure, worker, start } = setUp({ concurrency: 10 });
    const other = addWorker('other');
    pressure.sample('elevated', 0.899);
    expect(start()).toBeDefined();
    expect(start()).toBeUndefined();
    expect(start(undefined, other)).toBeDefined();
    expect(start(undefined, other)).toBeUndefined();
    expect([admission.running, worker.places, other.places]).toEqual([2, 1, 1]);
  });

  it('a held job does not stand in the way of another worker that has none', async () => {
    const { addWorker, pressure, start, hold } = setUp({ concurrency: 10 });
    const other = addWorker('other');
    pressure.sample('elevated', 0.899);
    start();
    const admitted = new Admitted();
    admitted.watch('of a busy worker', hold());
    admitted.watch('of an idle one', hold({ owner: other }));
    expect(await admitted.now()).toEqual(['of an idle one']);
  });

  it('each worker has its share of its own concurrency, as the user changes it', () => {
    const { admission, addWorker, pressure, start } = setUp({ concurrency: 10 });
    const [large, small] = [addWorker('large', 20), addWorker('small', 2)];
    pressure.sample('elevated', 0.85);
    const running = (owner: PlaceHolder) => {
      while (start(undefined, owner));
      return owner.places;
    };
    expect([running(large), running(small)]).toEqual([10, 1]);
    large.concurrency = 30;
    expect(running(large)).toBe(15);
    expect(admission.allowedNow(large)).toBe(15);
  });

  it('one held job starts for each that ends, once the allowance is used up', async () => {
    const { admission, pressure, worker, start, hold } = setUp({ concurrency: 10 });
    pressure.sample('elevated', 0.85);
    const running: Reservation[] = [];
    for (let started = start(); started; started = start()) running.push(started);
    expect(running).toHaveLength(5);
    const admitted = new Admitted();
    for (const name of ['a', 'b', 'c']) admitted.watch(name, hold());
    expect(await admitted.now()).toEqual([]);
    admission.ended(worker, running[0]!);
    expect(await admitted.now()).toEqual(['a']);
    admission.ended(worker, running[1]!);
    admission.ended(worker, running[2]!);
    expect(await admitted.now()).toEqual(['a', 'b', 'c']);
    expect(admission.running).toBe(5);
  });

  it('those that ran before stay, and no other starts until there are fewer than allowed', async () => {
    const { admission, pressure, worker, start, hold } = setUp({ concurrency: 10 });
    const running = Array.from({ length: 8 }, () => start()!);
    pressure.sample('elevated', 0.87);
    const admitted = new Admitted();
    admitted.watch('held', hold());
    for (const reservation of running.splice(0, 5)) admission.ended(worker, reservation);
    expect(await admitted.now()).toEqual([]);
    for (const reservation of running.splice(0, 2)) admission.ended(worker, reservation);
    expect(await admitted.now()).toEqual(['held']);
  });

  it('two lines do not become two per job while it lasts', () => {
    const { admission, pressure, worker, start, hold } = setUp({ concurrency: 10 });
    pressure.sample('elevated', 0.899);
    let running = start()!;
    for (let count = 0; count < 50; count++) {
      const held = hold();
      admission.ended(worker, running);
      void held.admitted.then((reservation) => (running = reservation as Reservation));
      pressure.sample('elevated', 0.899);
    }
    expect(admission.counters.held).toBe(50);
    expect(lines.warn.length + lines.log.length).toBeLessThanOrEqual(2);
  });
});

describe('when pressure falls', () => {
  it('a tenth of the places comes back with each sample, and one more job starts every 50 ms', async () => {
    const { pressure, worker, admission, hold } = setUp({ concurrency: 20 });
    pressure.sample('critical');
    const admitted = new Admitted();
    for (let count = 0; count < 20; count++) admitted.watch(`${count}`, hold());
    const running: number[] = [];
    for (let sample = 0; sample < 4; sample++) {
      pressure.sample('normal', 0.5);
      for (let step = 0; step < 5; step++) {
        running.push((await admitted.now()).length);
        vi.advanceTimersByTime(50);
      }
    }
    expect(running).toEqual([1, 2, 2, 2, 2, 3, 4, 4, 4, 4, 5, 6, 6, 6, 6, 7, 8, 8, 8, 8]);
    expect(admission.allowedNow(worker)).toBe(8);
  });

  it('a job that follows one that has ended is not delayed', async () => {
    const { pressure, worker, admission, hold } = setUp({ concurrency: 10 });
    pressure.sample('critical');
    const admitted = new Admitted();
    const names = Array.from({ length: 10 }, (_, index) => `${index}`);
    for (const name of names) admitted.watch(name, hold());
    pressure.sample('normal');
    for (let count = 0; count < 10; count++) {
      const started = (await admitted.now()).at(-1)!;
      admission.ended(worker, admitted.reservations.get(started)!);
    }
    expect(await admitted.now()).toEqual(names);
  });

  it('the allowance does not come back for a process that does not use it, for half a minute', () => {
    const { pressure, worker, admission } = setUp({ concurrency: 10 });
    pressure.sample('critical');
    for (let sample = 0; sample < 100; sample++) pressure.sample('normal', 0.1, sample * 250);
    expect(admission.allowedNow(worker)).toBeLessThan(10);
    pressure.sample('normal', 0.1, 30_000);
    expect(admission.allowedNow(worker)).toBe(10);
  });
});
