import { describe, expect, it, vi } from 'vitest';

import { calm, fakeTimeAndLog } from './fixtures/fake-time.js';
import { setUp } from './fixtures/job-admission.js';
import type { HeldJob } from './held-jobs.js';
import type { Reservation } from './reservation.js';
import type { PlaceHolder } from './place-holder.js';
import type { WorkCost } from './work-cost.js';

fakeTimeAndLog();

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
