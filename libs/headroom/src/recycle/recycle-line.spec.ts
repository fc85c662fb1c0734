import { expect, it } from 'vitest';

import { formatRecycle, type RecycleFacts } from './recycle-line.js';

const MB = 1024 ** 2;
const FACTS: RecycleFacts = {
  reason: 'rss',
  uptimeMs: 12_000_000,
  jobs: 1204,
  rssBytes: 420 * MB,
  firstRssBytes: 180 * MB,
  maxRssBytes: 400 * MB,
  aboveMs: 60_000,
  ranThen: ['reports:build#17', 'rankings:build#3'],
  exitCode: 75,
};

it.each<[string, Partial<RecycleFacts>, string]>([
  [
    'memory, what grew and who ran',
    {},
    'recycling after 3h20m, 1204 jobs: rss 420MB, above 400MB for 1m0s; rss grew by 240MB since start, 204KB per job; ' +
      'when it went above, these ran: reports:build#17, rankings:build#3. Draining, then exit 75, for the supervisor to start anew',
  ],
  [
    'jobs',
    { reason: 'jobs', ranThen: [], uptimeMs: 90_000 },
    'recycling after 1m30s, 1204 jobs: recycle.maxJobs is reached; rss grew by 240MB since start, 204KB per job. ' +
      'Draining, then exit 75, for the supervisor to start anew',
  ],
  [
    'uptime, and nothing that grew',
    { reason: 'uptime', ranThen: [], rssBytes: 170 * MB, jobs: 0 },
    'recycling after 3h20m, 0 jobs: recycle.maxUptimeMs is reached; rss is 170MB, no more than at start. ' +
      'Draining, then exit 75, for the supervisor to start anew',
  ],
])('tells %s', (_what, facts, line) => {
  expect(formatRecycle({ ...FACTS, ...facts })).toBe(line);
});

it('names five at most', () => {
  const ranThen = Array.from({ length: 7 }, (_, index) => `q:job#${index}`);
  expect(formatRecycle({ ...FACTS, ranThen })).toContain(
    'q:job#0, q:job#1, q:job#2, q:job#3, q:job#4 and 2 more.',
  );
});
