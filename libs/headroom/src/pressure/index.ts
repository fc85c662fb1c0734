export { heapSignal } from './heap-signal.js';
export { GarbageReclaim } from './garbage-reclaim.service.js';
export { OnPressureChange } from './on-pressure-change.decorator.js';
export { PressureService } from './pressure.service.js';
export { isAbove, type PressureLevel } from './pressure-level.js';
export type { PressureSignal, PressureSignalName } from './pressure-signal.js';
export { describeSignal, type PressureChange, type PressureVerdict } from './pressure-verdict.js';
export {
  ensureSchedulerRegistry,
  RUNS_SCHEDULE,
  VITALS_INTERVAL,
  VitalsLogService,
} from './vitals-log.service.js';
