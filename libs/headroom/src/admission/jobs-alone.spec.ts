import { describe, expect, it, vi } from 'vitest';

import { fakeTimeAndLog } from './fixtures/fake-time.js';
import { Admitted, setUp } from './fixtures/job-admission.js';

fakeTimeAndLog();

describe('a job that is to run alone', () => {
  it('waits for those that run, and nobody starts before it', async () => {
    const { admission, worker, start, hold } = setUp();
    const running = start()!;
    const admitted = new Admitted();
    admitted.watch('suspect', hold({ isAlone: true }));
    expect(start()).toBeUndefined();
    admitted.watch('next', hold());
    expect(await admitted.now()).toEqual([]);
    admission.ended(worker, running);
    expect(await admitted.now()).toEqual(['suspect']);
    expect(admission.running).toBe(1);
  });

  it('keeps others from starting until it has ended', async () => {
    const { admission, worker, start, hold } = setUp();
    const admitted = new Admitted();
    admitted.watch('suspect', hold({ isAlone: true }));
    expect(await admitted.now()).toEqual(['suspect']);
    expect(start()).toBeUndefined();
    const next = hold();
    admitted.watch('next', next);
    expect(next.reason).toBe('alone');
    admission.ended(worker, admitted.reservations.get('suspect')!);
    expect(await admitted.now()).toEqual(['suspect', 'next']);
    expect(start()).toBeDefined();
    expect([admission.running, worker.places]).toEqual([2, 2]);
  });

  it('does so for half a minute: what has not died by then may have company', async () => {
    const { start, hold } = setUp();
    const admitted = new Admitted();
    admitted.watch('suspect', hold({ isAlone: true }));
    admitted.watch('next', hold());
    vi.advanceTimersByTime(29_000);
    expect(await admitted.now()).toEqual(['suspect']);
    vi.advanceTimersByTime(1500);
    expect(await admitted.now()).toEqual(['suspect', 'next']);
    expect(start()).toBeDefined();
  });

  it('runs among others when they have not ended after ten seconds', async () => {
    const { admission, start, hold } = setUp();
    start();
    const admitted = new Admitted();
    admitted.watch('suspect', hold({ isAlone: true }));
    vi.advanceTimersByTime(9000);
    expect(await admitted.now()).toEqual([]);
    vi.advanceTimersByTime(1500);
    expect(await admitted.now()).toEqual(['suspect']);
    expect(admission.running).toBe(2);
  });

  it('takes its turn: those that came before it start before it', async () => {
    const { admission, worker, ledger, start, hold } = setUp({ room: 10 });
    const large = ledger.cost('large', 10);
    const running = start(large)!;
    const admitted = new Admitted();
    admitted.watch('first', hold({ cost: large }));
    admitted.watch('suspect', hold({ isAlone: true }));
    admission.ended(worker, running);
    expect(await admitted.now()).toEqual(['first']);
    admission.ended(worker, admitted.reservations.get('first')!);
    expect(await admitted.now()).toEqual(['first', 'suspect']);
  });

  it('is one at a time', async () => {
    const { admission, worker, hold } = setUp();
    const admitted = new Admitted();
    admitted.watch('a', hold({ isAlone: true }));
    admitted.watch('b', hold({ isAlone: true }));
    expect(await admitted.now()).toEqual(['a']);
    admission.ended(worker, admitted.reservations.get('a')!);
    expect(await admitted.now()).toEqual(['a', 'b']);
  });

  it('is not waited for when it goes back', async () => {
    const { start, hold } = setUp();
    start();
    const admitted = new Admitted();
    const suspect = hold({ isAlone: true });
    admitted.watch('next', hold());
    suspect.giveBack();
    vi.advanceTimersByTime(10_000);
    expect(await admitted.now()).toEqual(['next']);
  });
});
