import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

import { SafeLogger } from './listeners/index.js';
import { WorkerRegistry } from './admission/index.js';
import { type BootFacts, formatBootLine } from './boot-line.js';
import { IS_GUARDING } from './http/index.js';
import { RUNS_SCHEDULE } from './pressure/index.js';
import { RESILIENCE_OPTIONS } from './resilience-options.js';
import type { ResolvedResilienceOptions } from './resilience-options.js';
import { ScheduledTasksExplorer } from './tasks/index.js';
import { chargedRssBytes, findContradictions, findOldSpaceFlag, VitalsService } from './vitals/index.js';

/** Writes the boot line: a warning when limits contradict one another. */
@Injectable()
export class BootReport implements OnApplicationBootstrap {
  private readonly logger = new SafeLogger('Headroom');

  constructor(
    @Inject(RESILIENCE_OPTIONS) private readonly options: ResolvedResilienceOptions,
    @Inject(IS_GUARDING) private readonly isGuarding: boolean,
    @Inject(RUNS_SCHEDULE) private readonly runsSchedule: boolean,
    private readonly adapterHost: HttpAdapterHost,
    private readonly vitals: VitalsService,
    private readonly workers: WorkerRegistry,
    private readonly scheduled: ScheduledTasksExplorer,
  ) {}

  onApplicationBootstrap(): void {
    const { limits } = this.vitals;
    const contradictions = findContradictions(limits, {
      oldSpace: findOldSpaceFlag(process.execArgv, process.env.NODE_OPTIONS),
      atStart: {
        usedBytes: chargedRssBytes(this.vitals.last, limits.effective.bytes),
        critical: this.options.pressure.critical,
      },
    });
    const line = formatBootLine({
      mode: this.options.mode,
      limits,
      critical: this.options.pressure.critical,
      guards: this.guards,
      workers: this.workers.reports(),
      scheduledTasks: this.runsSchedule ? this.scheduled.count : 0,
      contradictions,
    });
    if (contradictions.some(({ severity }) => severity === 'warning')) this.logger.warn(line);
    else this.logger.log(line);
  }

  private get guards(): BootFacts['guards'] {
    if (!this.adapterHost.httpAdapter) return 'none';
    return this.isGuarding ? 'all' : 'by-decorator';
  }
}
