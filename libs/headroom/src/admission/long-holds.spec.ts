import { describe, expect, it, vi } from 'vitest';

import { fakeTimeAndLog } from './fixtures/fake-time.js';
import { Admitted, setUp } from './fixtures/job-admission.js';

fakeTimeAndLog();

describe('a long hold', () => {
  it('ends when its time is over: the job is put off, once', async () => {
    const { admission, ledger, pressure, hold } = setUp();
    pressure.sample('critical');
    const admitted = new Admitted();
    const job = hold({ maxHoldMs: 15_000 });
    admitted.watch('first', job);
    await vi.advanceTimersByTimeAsync(14_000);
    admitted.watch('second', hold({ maxHoldMs: 15_000 }));
    admitted.watch('for ever', hold());
    await vi.advanceTimersByTimeAsync(1000);
    await admitted.now();
    expect(admitted.putOff).toEqual(['first']);
    job.letGo();
    job.giveBack();
    await vi.advanceTimersByTimeAsync(14_000);
    await admitted.now();
    expect(admitted.putOff).toEqual(['first', 'second']);
    expect(admission.counters).toMatchObject({ admitted: 0, held: 3, putOff: 2 });
    expect(admission.counters.waitedMs).toBeCloseTo(30_000, -1);
    expect([admission.running, ledger.waiting.job, vi.getTimerCount()]).toEqual([0, 1, 0]);
  });

  it('needs no sample and one timer, whatever the number of jobs', async () => {
    const { ledger, start, hold } = setUp({ room: 100 });
    const build = ledger.cost('reports:build', 60);
    start(build);
    const admitted = new Admitted();
    for (let count = 0; count < 50; count++)
      admitted.watch(`${count}`, hold({ cost: build, maxHoldMs: 1000 }));
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(1001);
    await admitted.now();
    expect(admitted.putOff).toHaveLength(50);
    expect(vi.getTimerCount()).toBe(0);
  });
});
