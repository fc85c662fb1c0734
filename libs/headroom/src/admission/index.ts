export { type Admission, type HeldJob, JobAdmission, type PlaceHolder } from './job-admission.service.js';
export { jobAllowance } from './job-allowance.js';
export {
  declaredForJob,
  MEMORY_COST,
  MemoryCost,
  type MemoryCostByJobName,
  type MemoryCostValue,
} from './memory-cost.decorator.js';
export type { CostState } from './ledger/learned-cost.js';
export type { KindReport, LedgerReport } from './ledger/ledger-report.js';
export { MemoryLedger, type Refusal, type Reservation } from './memory-ledger.service.js';
export type { Lane, WorkCost } from './work-cost.js';
export { type RegisteredWorker, WorkerRegistry, type WorkerReport } from './worker-registry.js';
