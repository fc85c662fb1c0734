export {
  type Contradiction,
  findContradictions,
  findOldSpaceFlag,
  type MemoryLimit,
  type MemoryLimits,
  type MemoryLimitSource,
  type MemoryCgroup,
  readMemoryCgroup,
  SystemFiles,
} from './limits/index.js';
export { afterMicrotasks } from './after-microtasks.js';
export { type Collection, type CollectionMemory, CollectionWatch } from './collection-watch.js';
export { findGarbageCollector } from './garbage-collector.js';
export { LOOP_BOARD_SLOTS, LoopBoard, loopBoards, loopNames } from './loop-board.js';
export { learnWhatWasFreed, type MemoryReading } from './memory-reading.js';
export { formatMemory, type MemoryFacts } from './memory-snapshot.js';
export { ProcessSlot } from './process-slot.js';
export { NOWHERE, type Placed, Roster } from './roster.js';
export {
  EventLoopStalls,
  labelOf,
  type LoopStall,
  loopWatch,
  loopWork,
  OnLoopStall,
  type StallCertainty,
  type StallCounters,
  type StalledWork,
  type StalledWorkKind,
  type WorkUnderWay,
} from './stalls/index.js';
export { VitalsService } from './vitals.service.js';
export {
  chargedRssBytes,
  type EventLoopWindow,
  type HeapSurvivors,
  isJudgedByAddressSpace,
  isJudgedByWorkingSet,
  type VitalsSample,
} from './vitals-sample.js';
export {
  type EndMemory,
  NamedRun,
  type WorkKind,
  WorkObserver,
  type WorkOutcome,
  type WorkRun,
} from './work-observer.js';
