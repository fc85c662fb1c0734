/**
 * `bullmq`: BullMQ's sandbox alone. `with-headroom`: the same sandbox in an app that imports Headroom. `isolated`:
 * `@IsolatedProcessor()`.
 */
export const CONTESTANTS = ['bullmq', 'with-headroom', 'isolated'] as const;

export type Contestant = (typeof CONTESTANTS)[number];
