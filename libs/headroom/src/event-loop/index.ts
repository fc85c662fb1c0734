export { Cooperative, type CooperativeOptions } from './cooperative.decorator.js';
export { turnGateScheduler } from './loops/turn-gate-scheduler.js';
export { forEachYielding, mapYielding, type YieldingLoopOptions } from './loops/yielding-loops.js';
export { ShareResult, type ShareResultOptions } from './single-flight/share-result.decorator.js';
export { SingleFlight, type SingleFlightCounters } from './single-flight/single-flight.js';
export type { SingleFlightFallback, SingleFlightOptions } from './single-flight/single-flight.options.js';
export { staggered } from './staggered.js';
export { TurnGate, type TurnGateCounters, type TurnGateSettings } from './turn-gate.js';
export { processTurnGate, yieldIfDue, yieldToEventLoop } from './yield.js';
