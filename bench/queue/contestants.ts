/**
 * `naive`: plain BullMQ, with `await new Promise(setImmediate)` at the start of every job. `least gate`: with twenty lines
 * that let one job start per turn, which is what the turns themselves cost.
 */
export const CONTESTANTS = ['plain', 'naive', 'least gate', 'headroom'] as const;

export type Contestant = (typeof CONTESTANTS)[number];
