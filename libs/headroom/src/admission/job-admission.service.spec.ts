import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Admitted, setUp } from './fixtures/job-admission.js';
import type { HeldJob } from './held-jobs.js';
import type { Reservation } from './memory-ledger.service.js';
import type { PlaceHolder } from './place-holder.js';
import type { WorkCost } from './work-cost.js';

const lines = { warn: [] as string[], log: [] as string[] };
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  lines.warn = [];
  lines.log = [];
  vi.spyOn(Logger.prototype, 'warn').mockImplementation((line: string) => void lines.warn.push(line));
  vi.spyOn(Logger.prototype, 'log').mockImplementation((line: string) => void lines.log.push(line));
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Calm for so long that the share is whole again and the ramp has ended. */
function calm({ pressure }: ReturnType<typeof setUp>, seconds = 31): void {
  for (let sample = 0; sample <= seconds * 4; sample++) {
    pressure.sample('normal', 0.1, sample * 250);
    vi.advanceTimersByTime(250);
  }
}

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

/** A small generator with a seed (mulberry32), so that a failure can be run again. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function settle(): Promise<void> {
  for (let ticks = 0; ticks < 3; ticks++) await Promise.resolve();
}

/** A job as its worker sees it. */
interface WalkedJob {
  readonly owner: PlaceHolder;
  readonly arrival: number;
  readonly cost: WorkCost;
  reservation?: Reservation;
}

describe('places and memory', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('add up after two thousand random events, seed %i', async (seed) => {
    const next = random(seed);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)]!;
    const set = setUp({ concurrency: 1 + Math.floor(next() * 8), room: 100 });
    const { admission, ledger, pressure, addWorker, free } = set;
    const workers: PlaceHolder[] = [addWorker('a', 4), addWorker('b', 1), addWorker('c', 9)];
    const costs = [free, ledger.cost('small', 10), ledger.cost('large', 70), ledger.cost('new', 5)];
    ledger.windows.set(costs[3]!, 1);
    const running: WalkedJob[] = [];
    const held = new Map<WalkedJob, HeldJob>();
    let [arrived, ended, left] = [0, 0, 0];
    const run = (job: WalkedJob, reservation: Reservation) => {
      job.reservation = reservation;
      return running.push(job);
    };
    const hold = (job: WalkedJob) => {
      const waits = admission.hold({
        ...job,
        maxHoldMs: next() < 0.5 ? Infinity : 5000,
        isAlone: next() < 0.05,
      });
      held.set(job, waits);
      void waits.admitted.then((answer) => {
        held.delete(job);
        return typeof answer === 'string' ? left++ : run(job, answer);
      });
    };
    const takeRunning = () => running.splice(Math.floor(next() * running.length), 1)[0];
    const end = (job: WalkedJob) => admission.ended(job.owner, job.reservation!);
    const events: (() => void)[] = [
      () => {
        arrived++;
        const job = { owner: pick(workers), arrival: admission.arrive(), cost: pick(costs) };
        const reservation = admission.tryStart(job.owner, job.cost);
        if (reservation) run(job, reservation);
        else hold(job);
      },
      () => {
        const job = takeRunning();
        if (!job) return;
        ended++;
        end(job);
      },
      () => pressure.sample(pick(['normal', 'elevated', 'critical']), 0.7 + next() * 0.3),
      () => (next() < 0.3 ? pick([...held.values()])?.letGo() : undefined),
      () => (next() < 0.3 ? pick([...held.values()])?.giveBack() : undefined),
      () => vi.advanceTimersByTime(next() * 500),
      () => (ledger.waiting.request = next() < 0.2 ? 1 : 0),
      // One that waited at the turn gate with a place, while pressure turned critical.
      () => {
        const job = admission.isOpen ? undefined : takeRunning();
        if (!job) return;
        end(job);
        hold(job);
      },
    ];
    for (let step = 0; step < 2000; step++) {
      pick(events)();
      await settle();
      expect(admission.running).toBe(running.length);
      for (const worker of workers) {
        expect(worker.places).toBe(running.filter(({ owner }) => owner === worker).length);
      }
      expect(arrived).toBe(running.length + held.size + left + ended);
      expect(ledger.waiting.job).toBe(held.size);
    }
    ledger.waiting.request = 0;
    for (let round = 0; held.size + running.length > 0; round++) {
      expect(round).toBeLessThan(5000);
      calm(set, 1);
      await settle();
      const job = takeRunning();
      if (job) end(job);
    }
    expect(ledger.reserved).toEqual([]);
    expect([admission.running, ...workers.map(({ places }) => places)]).toEqual([0, 0, 0, 0]);
  });
});
