import type { Job } from 'bullmq';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';

import { JobsHere } from './jobs-here.js';

/** A job, and the promise that settles when its worker lets go of it. */
function newJob(id: string, stalledCounter: number) {
  let resolve!: () => void;
  let reject!: (error: Error) => void;
  const end = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  end.catch(() => undefined);
  return { job: { id, stalledCounter } as Job, end, resolve, reject: () => reject(new Error('not written')) };
}

function setUp(most = 1) {
  const here = new JobsHere(() => most);
  const add = (id: string, stalledCounter = 0) => {
    const one = newJob(id, stalledCounter);
    here.comes(one.job, one.end);
    return one;
  };
  return { here, add };
}

describe('JobsHere', () => {
  it('has a job until it is told that it has ended', async () => {
    const { here, add } = setUp(3);
    const [first, second, third] = [add('1'), add('2'), add('3')];
    here.hasEnded(first.job);
    expect(await here.has('1')).toBe(false);
    expect(await here.has('2')).toBe(true);
    expect(await here.has('3')).toBe(true);
    here.hasEnded(third.job);
    here.hasEnded(third.job);
    expect(here.mayHave('3')).toBe(false);
    expect(here.mayHave('2')).toBe(true);
    here.hasEnded(second.job);
    expect(here.mayHave('2')).toBe(false);
  });

  it.each(['resolve', 'reject'] as const)('does not have one that ended without a word: %s', async (how) => {
    const { here, add } = setUp();
    const job = add('1');
    job[how]();
    expect(here.mayHave('1')).toBe(true);
    expect(await here.has('1')).toBe(false);
    expect(here.mayHave('1')).toBe(false);
  });

  it('has one that has stalled before until its worker lets go of it, whatever is told', async () => {
    const { here, add } = setUp();
    const { job, end, resolve } = add('1', 1);
    here.hasEnded(job);
    expect(await here.has('1')).toBe(true);
    resolve();
    await end;
    expect(here.mayHave('1')).toBe(false);
  });

  it('waits for one that is about to leave in this turn', async () => {
    const { here, add } = setUp();
    const job = add('1');
    const answer = here.has('1');
    void Promise.resolve().then(job.resolve);
    expect(await answer).toBe(false);
  });

  it('does not have one that leaves while it is asked for', async () => {
    const { here, add } = setUp();
    const { job } = add('1');
    const answer = here.has('1');
    here.hasEnded(job);
    expect(await answer).toBe(false);
  });

  it('has the second run of a job whose first has ended without a word', async () => {
    const { here, add } = setUp(2);
    add('1').resolve();
    add('1');
    expect(await here.has('1')).toBe(true);
  });

  it('forgets those that ended without a word when there are some, and keeps who is here', async () => {
    const { here, add } = setUp(2);
    add('here');
    for (let id = 1; id <= 100; id++) {
      const job = add(`${id}`);
      if (id % 2) job.resolve();
      else job.reject();
      await turn();
    }
    const kept = Array.from({ length: 100 }, (_, index) => `${index + 1}`).filter((id) => here.mayHave(id));
    expect(kept.length).toBeLessThanOrEqual(10);
    expect(await here.has('here')).toBe(true);
  });

  it('tells that all have gone when the last has, however it went', async () => {
    const { here, add } = setUp();
    const [told, silent] = [add('told'), add('silent')];
    expect(here.haveAllGone()).toBe(false);
    here.hasEnded(told.job);
    silent.reject();
    here.haveAllGone();
    await turn();
    expect(here.haveAllGone()).toBe(true);
  });
});
