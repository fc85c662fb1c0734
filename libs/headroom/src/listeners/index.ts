export { describeError, guarded } from './guarded.js';
export { Listeners } from './listeners.js';
