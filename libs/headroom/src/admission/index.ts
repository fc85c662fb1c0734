export { CostKeeper } from './cost-keeper.service.js';
export type { Admission, HeldJob } from './held-jobs.js';
export { JobMonitor } from './job-monitor.service.js';
export { PRIORITIES, type RequestPriority } from './request-priority.js';
export {
  type RequestCounters,
  type RequestEvent,
  RequestMonitor,
  type ShedReason,
} from './request-monitor.service.js';
export { JobAdmission } from './job-admission.service.js';
export type { HoldReason, JobCounters, JobEvent } from './job-events.js';
export {
  declaredForJob,
  MEMORY_COST,
  MemoryCost,
  type MemoryCostByJobName,
  type MemoryCostValue,
} from './memory-cost.decorator.js';
export type { CostState } from './ledger/learned-cost.js';
export type { KindReport, LedgerReport } from './ledger/ledger-report.js';
export { MemoryLedger } from './memory-ledger.service.js';
export type { PlaceHolder } from './place-holder.js';
export type { BackendAnswer, QueueBackend, QueueBackendReport } from './queue-backend.js';
export { type ChildClaim, NOTHING_RESERVED, type Refusal, type Reservation } from './reservation.js';
export type { Lane, WorkCost } from './work-cost.js';
export {
  type PossibleDoubleRun,
  type RegisteredWorker,
  WorkerRegistry,
  type WorkerReport,
} from './worker-registry.js';
