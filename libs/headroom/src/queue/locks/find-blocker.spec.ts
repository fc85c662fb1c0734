import type { Job } from 'bullmq';
import { describe, expect, it } from 'vitest';

import { findBlocker } from './find-blocker.js';
import type { JobSpan } from '../worker/running-jobs.js';

/** The loop stood still from second 10 to second 13, which a sample notices a quarter of a second later. */
const BLOCK = { durationMs: 3000, noticedAt: 13_250, noticedWithinMs: 500 };

function blocker(...spans: [name: string, startedAt: number, endedAt: number][]): string | undefined {
  const of = ([name, startedAt, endedAt]: (typeof spans)[number]): JobSpan => {
    return { job: { name, id: '1' } as Job, startedAt, endedAt };
  };
  return findBlocker([{ queue: 'q', spans: spans.map(of) }], BLOCK);
}

describe('the job that blocked the loop', () => {
  it('is the one that started as the block began, whoever runs besides', () => {
    expect(blocker(['old', 1000, Infinity], ['guilty', 10_000, 13_000], ['new', 13_000, Infinity])).toBe(
      'q:guilty#1',
    );
  });

  it('may run still', () => {
    expect(blocker(['old', 1000, Infinity], ['guilty', 10_000, Infinity])).toBe('q:guilty#1');
  });

  it('is one that had run for long, when no other did', () => {
    expect(blocker(['old', 1000, Infinity], ['new', 13_100, Infinity])).toBe('q:old#1');
  });

  it('is not known when several had run for long', () => {
    expect(blocker(['a', 1000, Infinity], ['b', 2000, 13_100])).toBeUndefined();
  });

  it('is none that ended before, or ran for less than the block lasted', () => {
    expect(blocker(['before', 8000, 10_000], ['short', 10_000, 12_000])).toBeUndefined();
  });

  it('is none when no job ran: a request blocked, perhaps', () => {
    expect(blocker()).toBeUndefined();
  });
});
