/**
 * `main-thread`: a BullMQ processor as a function. `bullmq-fork`, `bullmq-threads`: BullMQ's sandbox. `headroom-jobs`:
 * `@IsolatedProcessor()` with warm children. `headroom-warm`, `headroom-cold`: `IsolatedTaskRunner`, without a queue, as
 * is `piscina`.
 */
export const CONTESTANTS = [
  'main-thread',
  'bullmq-fork',
  'bullmq-threads',
  'headroom-jobs',
  'headroom-warm',
  'headroom-cold',
  'piscina',
] as const;

export type Contestant = (typeof CONTESTANTS)[number];
