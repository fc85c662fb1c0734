/** `naive`: plain BullMQ, with `await new Promise(setImmediate)` at the start of every job. */
export const CONTESTANTS = ['plain', 'naive', 'headroom'] as const;

export type Contestant = (typeof CONTESTANTS)[number];
