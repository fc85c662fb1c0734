export { InvalidOptionsError, type OptionProblem } from './invalid-options.error.js';
export { ResilienceError } from './resilience.error.js';
export { WorkExceedsBudgetError } from './work-exceeds-budget.error.js';
