import { Logger } from '@nestjs/common';
import { Subject } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { PressureLevel, PressureService, PressureVerdict } from '../pressure/index.js';
import type { ResilienceMode } from '../resilience-options.js';
import { resolveOptions } from '../resolve-options.js';
import { type Admission, type HeldJob, JobAdmission, type PlaceHolder } from './job-admission.service.js';
import { WorkerRegistry } from './worker-registry.js';

/** Pressure that the spec sets, in place of the service that measures it. */
class SetPressure {
  readonly verdicts = new Subject<PressureVerdict>();
  level: PressureLevel = 'normal';
  verdict = this.judged('normal', 0.1);

  /** What a sample does: judges, then tells. */
  sample(level: PressureLevel, score: number = { normal: 0.1, elevated: 0.8, critical: 0.95 }[level]): void {
    this.level = level;
    this.verdict = this.judged(level, score);
    this.verdicts.next(this.verdict);
  }

  private judged(level: PressureLevel, score: number): PressureVerdict {
    return { level, score, reasons: [], signals: [], since: 0, inLevelForMs: 0 };
  }
}

const lines = { warn: [] as string[], log: [] as string[] };
beforeEach(() => {
  lines.warn = [];
  lines.log = [];
  vi.spyOn(Logger.prototype, 'warn').mockImplementation((line: string) => void lines.warn.push(line));
  vi.spyOn(Logger.prototype, 'log').mockImplementation((line: string) => void lines.log.push(line));
});
afterEach(() => vi.restoreAllMocks());

function setUp({ mode = 'enforce', concurrency = 10 }: { mode?: ResilienceMode; concurrency?: number } = {}) {
  const pressure = new SetPressure();
  const workers = new WorkerRegistry();
  workers.add({
    concurrency,
    report: () => {
      throw new Error('admission asks for no report');
    },
  });
  const admission = new JobAdmission(
    resolveOptions({ mode }),
    pressure as unknown as PressureService,
    workers,
  );
  const worker: PlaceHolder = { places: 0 };
  /** Holds a job that arrives now. */
  const hold = (owner = worker) => admission.hold(owner, admission.arrive());
  return { pressure, admission, worker, hold };
}

/** Whatever has been admitted so far, by name, in order. */
class Admitted {
  readonly starts: string[] = [];
  readonly givenBack: string[] = [];

  watch(name: string, { admitted }: HeldJob): void {
    void admitted.then((admission: Admission) =>
      (admission === 'start' ? this.starts : this.givenBack).push(name),
    );
  }

  /** Lets promises that are settled be seen. */
  async now(): Promise<string[]> {
    await new Promise(setImmediate);
    return this.starts;
  }
}

describe('when calm', () => {
  it('every job starts at once, beyond any concurrency', () => {
    const { admission, worker } = setUp({ concurrency: 2 });
    for (let count = 1; count <= 20; count++) {
      expect(admission.tryStart(worker)).toBe(true);
      expect([admission.running, worker.places]).toEqual([count, count]);
    }
    for (let count = 0; count < 20; count++) admission.ended(worker);
    expect([admission.running, worker.places, admission.heldTotal]).toEqual([0, 0, 0]);
    expect(lines).toEqual({ warn: [], log: [] });
  });
});

describe('at critical', () => {
  it('no job starts, not even the first of a worker, and those that run may end', async () => {
    const { admission, pressure, worker, hold } = setUp();
    admission.tryStart(worker);
    pressure.sample('critical');
    expect(admission.isOpen).toBe(false);
    expect(admission.tryStart({ places: 0 })).toBe(false);
    const admitted = new Admitted();
    admitted.watch('held', hold());
    admission.ended(worker);
    pressure.sample('critical');
    expect(await admitted.now()).toEqual([]);
    expect(admission.running).toBe(0);
  });

  it('held jobs start by themselves, in the order of arrival, when pressure is normal again', async () => {
    const { admission, pressure, worker, hold } = setUp();
    pressure.sample('critical');
    const admitted = new Admitted();
    const names = Array.from({ length: 25 }, (_, index) => `job${index}`);
    for (const name of names) admitted.watch(name, hold());
    pressure.sample('normal');
    expect(await admitted.now()).toEqual(names);
    expect([admission.running, worker.places, admission.heldTotal]).toEqual([25, 25, 25]);
  });

  it('a new job does not overtake those that are held, though pressure has fallen', async () => {
    const { admission, pressure, worker, hold } = setUp({ concurrency: 1 });
    pressure.sample('critical');
    const admitted = new Admitted();
    admitted.watch('first', hold());
    pressure.level = 'normal';
    expect(admission.tryStart(worker)).toBe(false);
    admitted.watch('second', hold());
    expect(await admitted.now()).toEqual(['first', 'second']);
  });

  it('a job that had its place goes back to where it came from in the order of arrival', async () => {
    const { admission, pressure, worker, hold } = setUp();
    const earlier = admission.arrive();
    admission.tryStart(worker);
    pressure.sample('critical');
    const admitted = new Admitted();
    for (const name of ['b', 'c']) admitted.watch(name, hold());
    admission.ended(worker);
    admitted.watch('a, had its place', admission.hold(worker, earlier));
    pressure.sample('normal');
    expect(await admitted.now()).toEqual(['a, had its place', 'b', 'c']);
  });

  it('several that had their places keep their order among themselves', async () => {
    const { admission, pressure, worker, hold } = setUp();
    const [first, second] = [admission.arrive(), admission.arrive()];
    pressure.sample('critical');
    const admitted = new Admitted();
    admitted.watch('newcomer', hold());
    admitted.watch('second', admission.hold(worker, second));
    admitted.watch('first', admission.hold(worker, first));
    pressure.sample('normal');
    expect(await admitted.now()).toEqual(['first', 'second', 'newcomer']);
  });

  it('one line tells that jobs are held and one that they start again', () => {
    const { pressure, hold } = setUp();
    pressure.sample('critical');
    for (let count = 0; count < 30; count++) hold();
    for (let count = 0; count < 30; count++) pressure.sample('critical');
    expect(lines.warn).toEqual([
      'holding jobs: pressure is critical; they keep their locks and start by themselves when it falls',
    ]);
    pressure.sample('normal');
    pressure.sample('normal');
    expect(lines.log).toEqual(['starting jobs again: 30 jobs had been held']);
  });
});

describe('at elevated', () => {
  it('at least one job of each worker runs: one may wait for what another has in its queue', () => {
    const { admission, pressure, worker } = setUp({ concurrency: 10 });
    const other: PlaceHolder = { places: 0 };
    pressure.sample('elevated', 0.899);
    expect(admission.tryStart(worker)).toBe(true);
    expect(admission.tryStart(worker)).toBe(false);
    expect(admission.tryStart(other)).toBe(true);
    expect(admission.tryStart(other)).toBe(false);
    expect([admission.running, worker.places, other.places]).toEqual([2, 1, 1]);
  });

  it('a held job does not stand in the way of another worker that has none', async () => {
    const { admission, pressure, worker, hold } = setUp({ concurrency: 10 });
    const other: PlaceHolder = { places: 0 };
    pressure.sample('elevated', 0.899);
    admission.tryStart(worker);
    const admitted = new Admitted();
    admitted.watch('of a busy worker', hold());
    admitted.watch('of an idle one', hold(other));
    expect(await admitted.now()).toEqual(['of an idle one']);
  });

  it('one held job starts for each that ends, once the allowance is used up', async () => {
    const { admission, pressure, worker, hold } = setUp({ concurrency: 10 });
    pressure.sample('elevated', 0.85);
    while (admission.tryStart(worker));
    const allowed = admission.running;
    expect([4, 5]).toContain(allowed);
    const admitted = new Admitted();
    for (const name of ['a', 'b', 'c']) admitted.watch(name, hold());
    expect(await admitted.now()).toEqual([]);
    admission.ended(worker);
    expect(await admitted.now()).toEqual(['a']);
    admission.ended(worker);
    admission.ended(worker);
    expect(await admitted.now()).toEqual(['a', 'b', 'c']);
    expect(admission.running).toBe(allowed);
  });

  it('held jobs start as far as the allowance goes, when pressure falls from critical', async () => {
    const { pressure, hold } = setUp({ concurrency: 10 });
    pressure.sample('critical');
    const admitted = new Admitted();
    for (const name of ['a', 'b', 'c']) admitted.watch(name, hold());
    pressure.sample('elevated', 0.89);
    expect(await admitted.now()).toEqual(['a']);
    pressure.sample('elevated', 0.8);
    expect(await admitted.now()).toEqual(['a', 'b', 'c']);
  });

  it('those that ran before stay, and no other starts until there are fewer than allowed', async () => {
    const { admission, pressure, worker, hold } = setUp({ concurrency: 10 });
    for (let count = 0; count < 8; count++) admission.tryStart(worker);
    pressure.sample('elevated', 0.87);
    const admitted = new Admitted();
    admitted.watch('held', hold());
    for (let count = 0; count < 5; count++) admission.ended(worker);
    expect(await admitted.now()).toEqual([]);
    for (let count = 0; count < 2; count++) admission.ended(worker);
    expect(await admitted.now()).toEqual(['held']);
  });

  it('two lines do not become two per job while it lasts', () => {
    const { admission, pressure, worker, hold } = setUp({ concurrency: 10 });
    pressure.sample('elevated', 0.899);
    admission.tryStart(worker);
    for (let count = 0; count < 50; count++) {
      if (!admission.tryStart(worker)) hold();
      admission.ended(worker);
      pressure.sample('elevated', 0.899);
    }
    expect(admission.heldTotal).toBe(50);
    expect(lines.warn.length + lines.log.length).toBeLessThanOrEqual(2);
  });
});

describe('a held job', () => {
  it('can be given back, and only that one', async () => {
    const { admission, pressure, worker, hold } = setUp();
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
    pressure.sample('normal');
    expect(await admitted.now()).toEqual(['b']);
    expect([admission.running, worker.places]).toEqual([1, 1]);
  });

  it('is let go at once when it is cancelled, at critical too, and takes a place for its end', async () => {
    const { admission, pressure, worker, hold } = setUp();
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
    admission.ended(worker);
    pressure.sample('normal');
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
    expect(await started.admitted).toBe('start');
    started.letGo();
    started.giveBack();
    expect(admission.running).toBe(1);
  });
});

describe('in observe mode', () => {
  it('every job starts, and what would have been held is counted and told once', () => {
    const { admission, pressure, worker } = setUp({ mode: 'observe' });
    pressure.sample('critical');
    expect(admission.isOpen).toBe(true);
    for (let count = 0; count < 5; count++) expect(admission.tryStart(worker)).toBe(true);
    expect([admission.running, admission.heldTotal]).toEqual([5, 5]);
    expect(lines.warn).toEqual(['would hold jobs: pressure is critical; mode is observe, so they start']);
    for (let count = 0; count < 5; count++) admission.ended(worker);
    pressure.sample('normal');
    expect(lines.log).toEqual(['would have held 5 jobs until now']);
  });

  it('a job that fits into the allowance is not counted', () => {
    const { admission, pressure, worker } = setUp({ mode: 'observe', concurrency: 10 });
    pressure.sample('elevated', 0.8);
    for (let count = 0; count < 5; count++) admission.tryStart(worker);
    expect(admission.heldTotal).toBe(0);
  });

  it('two lines do not become two per sample while pressure is elevated', () => {
    const { admission, pressure, worker } = setUp({ mode: 'observe', concurrency: 10 });
    admission.tryStart(worker);
    for (let count = 0; count < 50; count++) {
      pressure.sample('elevated', 0.899);
      admission.tryStart(worker);
    }
    pressure.sample('normal');
    expect(lines.warn.length + lines.log.length).toBeLessThanOrEqual(2);
  });
});

describe('at shutdown', () => {
  afterEach(() => vi.useRealTimers());

  it('whoever comes starts, and held jobs wait for their workers to give them back', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { admission, pressure, worker, hold } = setUp();
    pressure.sample('critical');
    const admitted = new Admitted();
    const [first] = ['a', 'b', 'c'].map((name) => {
      const job = hold();
      admitted.watch(name, job);
      return job;
    });
    admission.onApplicationShutdown();
    expect(admission.isOpen).toBe(true);
    expect(admission.tryStart(worker)).toBe(true);
    expect(await admitted.now()).toEqual([]);
    first!.giveBack();
    await vi.advanceTimersByTimeAsync(5000);
    expect(await admitted.now()).toEqual(['b', 'c']);
    expect(admitted.givenBack).toEqual(['a']);
    expect(admission.running).toBe(3);
  });

  it('nothing listens to pressure any more', () => {
    const { admission, pressure } = setUp();
    expect(pressure.verdicts.observed).toBe(true);
    admission.onApplicationShutdown();
    expect(pressure.verdicts.observed).toBe(false);
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

/** A job as its worker sees it. */
interface WalkedJob {
  readonly owner: PlaceHolder;
  readonly arrival: number;
}

describe('the places', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('add up after two thousand random events, seed %i', async (seed) => {
    const next = random(seed);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)]!;
    const { admission, pressure } = setUp({ concurrency: 1 + Math.floor(next() * 8) });
    const workers: PlaceHolder[] = [{ places: 0 }, { places: 0 }, { places: 0 }];
    const running: WalkedJob[] = [];
    const held = new Map<WalkedJob, HeldJob>();
    let [arrived, ended, givenBack] = [0, 0, 0];
    const hold = (job: WalkedJob) => {
      const waits = admission.hold(job.owner, job.arrival);
      held.set(job, waits);
      void waits.admitted.then((answer) => {
        held.delete(job);
        return answer === 'start' ? running.push(job) : givenBack++;
      });
    };
    const takeRunning = () => running.splice(Math.floor(next() * running.length), 1)[0];
    const events: (() => void)[] = [
      () => {
        arrived++;
        const job = { owner: pick(workers), arrival: admission.arrive() };
        if (admission.tryStart(job.owner)) running.push(job);
        else hold(job);
      },
      () => {
        const job = takeRunning();
        if (!job) return;
        ended++;
        admission.ended(job.owner);
      },
      () => pressure.sample(pick(['normal', 'elevated', 'critical']), 0.7 + next() * 0.3),
      () => pick([...held.values()])?.letGo(),
      () => (next() < 0.3 ? pick([...held.values()])?.giveBack() : undefined),
      // One that waited at the turn gate with a place, while pressure turned critical.
      () => {
        const job = admission.isOpen ? undefined : takeRunning();
        if (!job) return;
        admission.ended(job.owner);
        hold(job);
      },
    ];
    for (let step = 0; step < 2000; step++) {
      pick(events)();
      await Promise.resolve();
      await Promise.resolve();
      expect(admission.running).toBe(running.length);
      for (const worker of workers) {
        expect(worker.places).toBe(running.filter(({ owner }) => owner === worker).length);
      }
      expect(arrived).toBe(running.length + held.size + givenBack + ended);
      // Nobody is kept waiting without a reason.
      expect(pressure.level === 'normal' ? held.size : 0).toBe(0);
    }
    pressure.sample('normal');
    await new Promise(setImmediate);
    expect(held.size).toBe(0);
    for (const { owner } of running.splice(0)) admission.ended(owner);
    expect([admission.running, ...workers.map(({ places }) => places)]).toEqual([0, 0, 0, 0]);
  });
});
