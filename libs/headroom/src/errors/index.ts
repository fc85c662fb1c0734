export { InvalidOptionsError, type OptionProblem, type OptionsPlace } from './invalid-options.error.js';
export { ProbeNotListeningError } from './probe-not-listening.error.js';
export { ResilienceError } from './resilience.error.js';
export { SingleFlightTimeoutError } from './single-flight-timeout.error.js';
export { WorkExceedsBudgetError } from './work-exceeds-budget.error.js';
