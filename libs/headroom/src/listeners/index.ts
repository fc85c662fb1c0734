export { type DecoratedMethod, findDecoratedMethods } from './decorated-methods.js';
export { describeError, FaultLog, guarded } from './guarded.js';
export { LineBudget } from './line-budget.js';
export { Listeners } from './listeners.js';
export { SafeLogger } from './safe-logger.js';
export { standIn } from './stand-in.js';
