export { EventLoopStalls, type StallCounters } from './event-loop-stalls.service.js';
export { labelOf } from './judge-stall.js';
export type { LoopStall, StallCertainty, StalledWork, StalledWorkKind } from './loop-stall.js';
export { loopWatch } from './loop-watch.js';
export { loopWork, type WorkUnderWay } from './loop-work.js';
export { OnLoopStall } from './on-loop-stall.decorator.js';
