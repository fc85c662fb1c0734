export { EarlyShedding, IS_GUARDING } from './early-shedding.service.js';
export { MemoryBudgetGuard } from './memory-budget.guard.js';
export { MemoryBudgetExceededException } from './memory-budget-exceeded.exception.js';
export { NestRoutes } from './nest-routes.service.js';
export { RequestAdmission } from './request-admission.service.js';
export {
  type RequestCounters,
  type RequestEvent,
  RequestMonitor,
  type ShedReason,
} from './request-monitor.service.js';
export { RequestRoom } from './request-room.service.js';
export { RequestShedding } from './request-shedding.service.js';
export { RouteFinder } from './route-finder.service.js';
export { RouteTable } from './route-table.service.js';
export { type RequestPriority, ShedPriority } from './shed-priority.decorator.js';
export { SkipMemoryBudget } from './skip-memory-budget.decorator.js';
