import { describe, expect, it, vi } from 'vitest';

import { fakeTimeAndLog } from './fixtures/fake-time.js';
import { Admitted, setUp } from './fixtures/job-admission.js';

fakeTimeAndLog();

describe('memory for jobs', () => {
  it('is set aside before a job starts, and free again when it has ended', () => {
    const { admission, ledger, worker, start } = setUp({ room: 100 });
    const build = ledger.cost('reports:build', 60);
    const running = start(build)!;
    expect(ledger.reserved).toEqual(['reports:build']);
    expect(start(build)).toBeUndefined();
    admission.ended(worker, running);
    expect(ledger.reserved).toEqual([]);
    expect(start(build)).toBeDefined();
  });

  it('is set aside for jobs that have not begun: they get it one after the other, before the first one runs', () => {
    const { admission, ledger, worker, start, hold } = setUp({ room: 100 });
    const running = start(ledger.cost('export', 100))!;
    for (const key of ['first', 'second']) hold({ cost: ledger.cost(key, 40) });
    admission.ended(worker, running);
    expect(ledger.reserved).toEqual(['first', 'second']);
    expect(ledger.waits).toEqual(['export', 'first', 'second']);
  });

  it('a job waits until there is room, and starts when one that runs has ended', async () => {
    const { admission, ledger, worker, start, hold } = setUp({ room: 100 });
    const build = ledger.cost('reports:build', 60);
    const running = start(build)!;
    const admitted = new Admitted();
    const job = hold({ cost: build });
    admitted.watch('second', job);
    expect(await admitted.now()).toEqual([]);
    expect([job.reason, ledger.waiting.job]).toEqual(['no-room', 1]);
    admission.ended(worker, running);
    expect(await admitted.now()).toEqual(['second']);
    expect([ledger.reserved, ledger.waiting.job]).toEqual([['reports:build'], 0]);
  });

  it('a job without room stops all behind it that need memory, so that it is not starved', async () => {
    const { admission, ledger, worker, start, hold } = setUp({ room: 100 });
    const [large, small] = [ledger.cost('large', 90), ledger.cost('small', 10)];
    const running = start(small)!;
    start(small);
    const admitted = new Admitted();
    admitted.watch('large', hold({ cost: large }));
    expect(start(small)).toBeUndefined();
    admitted.watch('small', hold({ cost: small }));
    admission.ended(worker, running);
    expect(await admitted.now()).toEqual(['large']);
  });

  it('a free job passes those that wait for memory', async () => {
    const { ledger, start, hold } = setUp({ room: 100 });
    const large = ledger.cost('large', 90);
    start(large);
    const admitted = new Admitted();
    admitted.watch('large', hold({ cost: large }));
    admitted.watch('free', hold());
    expect(await admitted.now()).toEqual(['free']);
  });

  it('others pass a job of a kind of which too little is known, its own kind waits behind it', async () => {
    const { ledger, start, hold, admission, worker } = setUp({ room: 100 });
    const [unknown, known] = [ledger.cost('unknown', 5), ledger.cost('known', 5)];
    ledger.windows.set(unknown, 1);
    const running = start(unknown)!;
    const admitted = new Admitted();
    const jobs = ['first', 'second'].map((name) => {
      const job = hold({ cost: unknown });
      admitted.watch(name, job);
      return job;
    });
    admitted.watch('known', hold({ cost: known }));
    expect(await admitted.now()).toEqual(['known']);
    expect(jobs.map(({ reason }) => reason)).toEqual(['window', 'window']);
    admission.ended(worker, running);
    expect(await admitted.now()).toEqual(['known', 'first']);
  });

  it('starts nothing without a place, though there is room', async () => {
    const { ledger, pressure, start, hold } = setUp({ room: 100 });
    const build = ledger.cost('reports:build', 10);
    pressure.sample('critical');
    expect(start(build)).toBeUndefined();
    const admitted = new Admitted();
    admitted.watch('held', hold({ cost: build }));
    ledger.tell();
    expect(await admitted.now()).toEqual([]);
    expect(ledger.reserved).toEqual([]);
  });

  it('is not set aside for a job that is let go: it starts for its end only', async () => {
    const { admission, ledger, worker, start, hold } = setUp({ room: 100 });
    const build = ledger.cost('reports:build', 60);
    start(build);
    const job = hold({ cost: build });
    job.letGo();
    const reservation = await job.admitted;
    expect(ledger.reserved).toHaveLength(1);
    if (typeof reservation === 'string') throw new Error(reservation);
    admission.ended(worker, reservation);
    expect([ledger.reserved.length, admission.running]).toEqual([1, 1]);
  });

  it('a job that can never fit fails, at once or when its turn comes, and holds nobody up', async () => {
    const { admission, ledger, pressure, start, hold } = setUp({ room: 100 });
    const [huge, small] = [ledger.cost('huge', 500), ledger.cost('small', 10)];
    const error = new Error('can never fit');
    ledger.fails.set(huge, error);
    expect(() => start(huge)).toThrow(error);
    pressure.sample('critical');
    const admitted = new Admitted();
    admitted.watch('huge', hold({ cost: huge }));
    admitted.watch('small', hold({ cost: small }));
    pressure.sample('normal');
    expect(await admitted.now()).toEqual(['small']);
    expect(admitted.failed.get('huge')).toBe(error);
    expect([admission.running, ledger.waiting.job]).toEqual([1, 0]);
  });
});

describe('jobs and requests', () => {
  it('a job waits while a request waits', () => {
    const { ledger, start } = setUp({ room: 100 });
    ledger.waiting.request = 1;
    expect(start(ledger.cost('reports:build', 10))).toBeUndefined();
  });

  it('a job goes before requests that never cease, after five seconds without any job that runs', async () => {
    const { ledger, hold } = setUp({ room: 100 });
    const build = ledger.cost('reports:build', 10);
    ledger.waiting.request = 1;
    const admitted = new Admitted();
    for (const name of ['first', 'second']) admitted.watch(name, hold({ cost: build }));
    vi.advanceTimersByTime(4900);
    ledger.tell();
    expect(await admitted.now()).toEqual([]);
    vi.advanceTimersByTime(100);
    ledger.tell();
    expect(await admitted.now()).toEqual(['first']);
    ledger.tell();
    expect(await admitted.now()).toEqual(['first']);
    expect(ledger.overdue).toEqual(['reports:build']);
  });

  it('so does the first job of a worker, for which a job of another may wait', async () => {
    const { addWorker, ledger, start, hold } = setUp({ room: 100 });
    start(ledger.cost('parents:build', 10));
    ledger.waiting.request = 1;
    const admitted = new Admitted();
    admitted.watch('child', hold({ owner: addWorker('children'), cost: ledger.cost('children:build', 10) }));
    vi.advanceTimersByTime(5000);
    ledger.tell();
    expect(await admitted.now()).toEqual(['child']);
  });
});

describe('a job of a worker without any that runs', () => {
  it('passes a larger one that waits for room, once it has waited for five seconds', async () => {
    const { addWorker, ledger, start, hold } = setUp({ room: 100 });
    start(ledger.cost('parents:build', 50));
    const admitted = new Admitted();
    admitted.watch('large', hold({ cost: ledger.cost('parents:large', 90) }));
    admitted.watch('child', hold({ owner: addWorker('children'), cost: ledger.cost('children:build', 10) }));
    ledger.tell();
    expect(await admitted.now()).toEqual([]);
    vi.advanceTimersByTime(5000);
    ledger.tell();
    expect(await admitted.now()).toEqual(['child']);
  });
});

describe('in observe mode', () => {
  it('a job without room starts, and is counted as one that would have been held', () => {
    const { admission, ledger, start } = setUp({ mode: 'observe', room: 100 });
    const build = ledger.cost('reports:build', 60);
    for (let count = 0; count < 3; count++) expect(start(build)).toBeDefined();
    expect(admission.counters).toMatchObject({ admitted: 3, held: 2 });
  });
});

describe('after the shutdown', () => {
  it('nothing is set aside, and nobody is held', async () => {
    const { admission, ledger, start, hold } = setUp({ room: 100 });
    const build = ledger.cost('reports:build', 60);
    admission.onApplicationShutdown();
    for (let count = 0; count < 3; count++) expect(start(build)).toBeDefined();
    const admitted = new Admitted();
    admitted.watch('late', hold({ cost: build }));
    expect(await admitted.now()).toEqual(['late']);
    expect(ledger.reserved).toEqual([]);
  });
});
