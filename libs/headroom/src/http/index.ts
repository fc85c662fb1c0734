export { MemoryBudgetGuard } from './memory-budget.guard.js';
export { MemoryBudgetExceededException } from './memory-budget-exceeded.exception.js';
export { SkipMemoryBudget } from './skip-memory-budget.decorator.js';
