import type { JobJson } from 'bullmq';
import { describe, expect, it } from 'vitest';

import { waitingSince } from './oldest-waiting.js';

const job = (facts: Partial<JobJson>) =>
  ({ timestamp: 1000, opts: {}, attemptsMade: 0, ...facts }) as JobJson;

describe('the time since when a job waits', () => {
  it.each([
    ['when it was added', {}, 1000],
    ['when its delay was over', { opts: { delay: 500 } }, 1500],
    ['when it was added, though it was started and given back', { processedOn: 3000 }, 1000],
    ['when it last began, if it has failed', { processedOn: 3000, attemptsMade: 1 }, 3000],
    ['when it was added, if that is unknown', { attemptsMade: 1 }, 1000],
  ])('is %s', (_when, facts, since) => {
    expect(waitingSince(job(facts))).toBe(since);
  });
});
