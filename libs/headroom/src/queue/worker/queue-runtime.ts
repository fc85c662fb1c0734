import type { JobAdmission, MemoryLedger, RegisteredWorker } from '../../admission/index.js';
import type { TurnGate } from '../../event-loop/index.js';
import { ProcessSlot, type WorkObserver } from '../../vitals/index.js';
import type { WorkerSettings } from './worker-settings.js';

/** What a wrapped worker needs from the module that protects it. */
export interface QueueRuntime {
  readonly admission: JobAdmission;
  readonly ledger: MemoryLedger;
  readonly gate: TurnGate;
  readonly observer: WorkObserver;
  readonly isObserving: boolean;
  /** Milliseconds after which a held job is put off; `false` is never. */
  readonly maxHoldMs: number | false;
  /** Deaths of its process after which a job fails for good; `false` is never. */
  readonly maxDeaths: number | false;
  /** Deaths for want of memory after which a job fails for good; `false` is never. */
  readonly maxMemoryDeaths: number | false;
  readonly countsDeaths: boolean;
  /** Makes the process-wide gate follow this module's options. */
  configureGate(): void;
  settingsOf(worker: object): WorkerSettings;
  register(worker: RegisteredWorker): void;
  unregister(worker: RegisteredWorker): void;
}

/** Workers are made by BullMQ's module, not by ours: they find the module that protects them here. */
export const queueRuntime = new ProcessSlot<QueueRuntime>();
