import { wrapNestWorkers } from './queue/index.js';

wrapNestWorkers();

export {
  type CostState,
  type HoldReason,
  type JobCounters,
  type JobEvent,
  JobMonitor,
  type KindReport,
  type LedgerReport,
  MemoryCost,
  type MemoryCostByJobName,
  type MemoryCostValue,
  MemoryLedger,
  type PossibleDoubleRun,
  type QueueBackendReport,
  type RequestCounters,
  type RequestEvent,
  RequestMonitor,
  type RequestPriority,
  type ShedReason,
  WorkerRegistry,
  type WorkerReport,
} from './admission/index.js';
export {
  type Certainty,
  type ExitCause,
  type ExitExplanation,
  type ExitFacts,
  type ExitMemory,
  explainExit,
  type Surroundings,
} from './diagnosis/index.js';
export {
  InvalidOptionsError,
  type OptionProblem,
  ProbeNotListeningError,
  ResilienceError,
  SingleFlightTimeoutError,
  WorkExceedsBudgetError,
} from './errors/index.js';
export {
  Cooperative,
  type CooperativeOptions,
  forEachYielding,
  mapYielding,
  ShareResult,
  type ShareResultOptions,
  SingleFlight,
  type SingleFlightCounters,
  type SingleFlightFallback,
  type SingleFlightOptions,
  staggered,
  turnGateScheduler,
  yieldIfDue,
  yieldToEventLoop,
  type YieldingLoopOptions,
} from './event-loop/index.js';
export {
  type EventLoopCheckOptions,
  EventLoopHealthIndicator,
  HeapHealthIndicator,
  MemoryBudgetHealthIndicator,
  ProbeService,
  type QueueWorkerCheckOptions,
  QueueWorkerHealthIndicator,
  ReadinessHealthIndicator,
  RssHealthIndicator,
  type ShareThresholds,
} from './health/index.js';
export {
  IsolatedProcessor,
  type IsolatedRunOptions,
  type IsolatedTask,
  IsolatedTaskError,
  IsolatedTaskRunner,
  type IsolationReport,
  type IsolationSettings,
  type TaskContext,
} from './isolation/index.js';
export { AppLifecycle, type AppPhase, type NotReadyReason, OnWarmUp } from './lifecycle/index.js';
export {
  MemoryBudgetExceededException,
  MemoryBudgetGuard,
  ShedPriority,
  SkipMemoryBudget,
} from './http/index.js';
export {
  OnPressureChange,
  type PressureChange,
  type PressureLevel,
  PressureService,
  type PressureSignal,
  type PressureSignalName,
  type PressureVerdict,
  VITALS_INTERVAL,
} from './pressure/index.js';
export {
  SkipResilience,
  withResilience,
  YieldBetweenJobs,
  type YieldBetweenJobsOptions,
} from './queue/index.js';
export { ResilienceModule } from './resilience.module.js';
export type { ResilienceExtras, ResilienceOptionsFactory } from './resilience.module-definition.js';
export {
  type DrainOptions,
  type EventLoopOptions,
  type HttpOptions,
  type IsolationOptions,
  type MemoryOptions,
  type PressureOptions,
  type ProbeOptions,
  type QueueOptions,
  type RecycleOptions,
  RESILIENCE_OPTIONS,
  type ResilienceMode,
  type ResilienceOptions,
  type ResolvedResilienceOptions,
  type TaskLogLevel,
  type TaskLogOptions,
  type TasksOptions,
  type TurnGateOptions,
  type VitalsOptions,
  type WarmUpOptions,
  type WarmUpTask,
} from './resilience-options.js';
export {
  MemorySnapshot,
  OnTaskEnd,
  OnTaskStart,
  type TaskEndFacts,
  type TaskStartFacts,
} from './tasks/index.js';
export type { ByteSize } from './units/index.js';
export {
  EventLoopStalls,
  type EventLoopWindow,
  type HeapSurvivors,
  type LoopStall,
  type MemoryFacts,
  type MemoryLimit,
  type MemoryLimits,
  type MemoryLimitSource,
  OnLoopStall,
  type StallCertainty,
  type StallCounters,
  type StalledWork,
  type StalledWorkKind,
  type VitalsSample,
  VitalsService,
  type WorkKind,
} from './vitals/index.js';
