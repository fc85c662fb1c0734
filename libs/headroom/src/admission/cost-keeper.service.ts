import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';

import { describeError, SafeLogger } from '../listeners/index.js';
import { RESILIENCE_OPTIONS } from '../resilience-options.js';
import type { ResolvedResilienceOptions } from '../resilience-options.js';
import { CostFile } from './ledger/cost-file.js';
import { MemoryLedger } from './memory-ledger.service.js';

/** A process that is killed loses what it has learned since. */
const KEEP_EVERY_MS = 60_000;

/** Keeps what the ledger has learned across restarts, where `memory.costsFile` says so. */
@Injectable()
export class CostKeeper implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new SafeLogger('Headroom');
  private readonly file: CostFile | undefined;
  private timer: NodeJS.Timeout | undefined;
  private hasWarned = false;

  constructor(
    @Inject(RESILIENCE_OPTIONS) options: ResolvedResilienceOptions,
    private readonly ledger: MemoryLedger,
  ) {
    const { costsFile } = options.memory;
    this.file = costsFile === undefined ? undefined : new CostFile(costsFile);
  }

  onModuleInit(): void {
    if (!this.file) return;
    this.attempt('cannot be read, so costs are learned anew', (file) => this.ledger.recall(file.read()));
    this.hasWarned = false;
    this.timer = setInterval(() => this.keep(), KEEP_EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
    this.keep();
  }

  private keep(): void {
    this.attempt('cannot be written, so learned costs are lost at a restart', (file) =>
      file.write(this.ledger.learned()),
    );
  }

  private attempt(consequence: string, work: (file: CostFile) => void): void {
    if (!this.file) return;
    try {
      work(this.file);
    } catch (error) {
      if (this.hasWarned) return;
      this.hasWarned = true;
      this.logger.warn(`memory.costsFile ${this.file.path} ${consequence}: ${describeError(error)}`);
    }
  }
}
