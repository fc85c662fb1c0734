export { TurnGate, type TurnGateCounters, type TurnGateSettings } from './turn-gate.js';
export { processTurnGate, yieldIfDue, yieldToEventLoop } from './yield.js';
