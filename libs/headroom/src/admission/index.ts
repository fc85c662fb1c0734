export { type Admission, type HeldJob, JobAdmission, type PlaceHolder } from './job-admission.service.js';
export { jobAllowance } from './job-allowance.js';
export { type RegisteredWorker, WorkerRegistry, type WorkerReport } from './worker-registry.js';
