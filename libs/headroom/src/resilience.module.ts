import { type DynamicModule, Module, type NestModule, type Provider } from '@nestjs/common';
import { DiscoveryModule, LazyModuleLoader, ModulesContainer } from '@nestjs/core';
import { TerminusModule } from '@nestjs/terminus';

import {
  CostKeeper,
  JobAdmission,
  JobMonitor,
  MemoryLedger,
  RequestMonitor,
  WorkerRegistry,
} from './admission/index.js';
import { BootReport } from './boot-report.service.js';
import { BootWarnings } from './boot-report-warnings.service.js';
import {
  EventLoopHealthIndicator,
  HeapHealthIndicator,
  MemoryBudgetHealthIndicator,
  ProbeService,
  QueueWorkerHealthIndicator,
  ReadinessHealthIndicator,
  RssHealthIndicator,
} from './health/index.js';
import {
  EarlyShedding,
  ExpressMessages,
  GlobalGuard,
  HandlerMarks,
  IS_GUARDING,
  MemoryBudgetGuard,
  NestRoutes,
  LargeBodies,
  OpenRequests,
  RequestAdmission,
  RequestRoom,
  RequestShedding,
  RouteFinder,
  RouteTable,
} from './http/index.js';
import { IsolatedTaskRunner } from './isolation/index.js';
import {
  AppLifecycle,
  AppReadiness,
  BootstrapEndModule,
  DrainService,
  FirstAndLastModule,
  ShutdownHooksCheck,
  ShutdownModule,
  SystemdNotifier,
  WarmUpService,
} from './lifecycle/index.js';
import {
  ensureSchedulerRegistry,
  GarbageReclaim,
  PressureService,
  RUNS_SCHEDULE,
  VitalsLogService,
} from './pressure/index.js';
import { QueueResilienceService, WorkerSettingsExplorer } from './queue/index.js';
import { RecycleService } from './recycle/index.js';
import { InvalidOptionsError } from './errors/index.js';
import { RESILIENCE_OPTIONS, type ResilienceOptions } from './resilience-options.js';
import {
  ASYNC_OPTIONS_TYPE,
  checkGiven,
  checkGivenAsync,
  ConfigurableModuleClass,
  GIVEN_OPTIONS,
  OPTIONS_TYPE,
} from './resilience.module-definition.js';
import { resolveOptions } from './resolve-options.js';
import { LifecycleSnapshots, ScheduledTasksExplorer, TaskRecorder } from './tasks/index.js';
import { EventLoopStalls, VitalsService, WorkObserver } from './vitals/index.js';

const EXPORTED: Provider[] = [
  {
    provide: RESILIENCE_OPTIONS,
    useFactory: (given: ResilienceOptions | undefined, modules: ModulesContainer) => {
      checkImports(modules, given);
      return resolveOptions(given);
    },
    // NOTE: not there when forRoot() was forgotten.
    inject: [{ token: GIVEN_OPTIONS, optional: true }, ModulesContainer],
  },
  VitalsService,
  EventLoopStalls,
  PressureService,
  AppLifecycle,
  MemoryLedger,
  WorkerRegistry,
  RequestMonitor,
  JobAdmission,
  JobMonitor,
  IsolatedTaskRunner,
  // What @UseGuards(MemoryBudgetGuard) needs in the user's modules.
  RequestAdmission,
  MemoryBudgetGuard,
  HeapHealthIndicator,
  RssHealthIndicator,
  EventLoopHealthIndicator,
  MemoryBudgetHealthIndicator,
  QueueWorkerHealthIndicator,
  ReadinessHealthIndicator,
  ProbeService,
];

const INTERNAL: Provider[] = [
  {
    provide: RUNS_SCHEDULE,
    useFactory: ensureSchedulerRegistry,
    inject: [LazyModuleLoader, ModulesContainer],
  },
  TaskRecorder,
  { provide: WorkObserver, useExisting: TaskRecorder },
  LifecycleSnapshots,
  DrainService,
  AppReadiness,
  WarmUpService,
  SystemdNotifier,
  RecycleService,
  ShutdownHooksCheck,
  ScheduledTasksExplorer,
  HandlerMarks,
  NestRoutes,
  LargeBodies,
  OpenRequests,
  RouteTable,
  RouteFinder,
  RequestShedding,
  RequestRoom,
  EarlyShedding,
  ExpressMessages,
  GlobalGuard,
  CostKeeper,
  WorkerSettingsExplorer,
  QueueResilienceService,
  GarbageReclaim,
  VitalsLogService,
  BootReport,
  BootWarnings,
];

/**
 * Keeps an app alive and answering on a small machine. Import it once, in the root module.
 *
 * @publicApi
 */
@Module({
  // NOTE: Terminus would log the whole answer at every probe that fails; the pressure lines tell it once.
  imports: [
    DiscoveryModule,
    FirstAndLastModule,
    BootstrapEndModule,
    ShutdownModule,
    TerminusModule.forRoot({ logger: false }),
  ],
  // NOTE: what forRoot() gives goes before; without it the error shall be that it was forgotten.
  providers: [...EXPORTED, ...INTERNAL, { provide: IS_GUARDING, useValue: true }],
  exports: EXPORTED,
})
export class ResilienceModule extends ConfigurableModuleClass implements NestModule {
  constructor(private readonly globalGuard: GlobalGuard) {
    super();
  }

  /**
   * Protects the app with these options, or with the defaults.
   *
   * @throws {InvalidOptionsError} when the app starts, naming each wrong option, what was received and what is allowed
   */
  static override forRoot(options: typeof OPTIONS_TYPE = {}): DynamicModule {
    checkGiven(options);
    return super.forRoot(options);
  }

  /**
   * The same, with options that a factory, class or provider makes. What changes the module graph (`guard`,
   * `health`, `isGlobal`) stands beside the factory.
   *
   * @throws {InvalidOptionsError} when the app starts
   */
  static override forRootAsync(options: typeof ASYNC_OPTIONS_TYPE): DynamicModule {
    checkGivenAsync(options);
    return super.forRootAsync(options);
  }

  /** Nest calls it last before it registers the routes; in preview mode, of an instance that nobody has made. @internal */
  configure(): void {
    (this.globalGuard as GlobalGuard | undefined)?.install();
  }
}

/** Two would sample, judge, log and count twice, each by its own options. @throws {InvalidOptionsError} */
function checkImports(modules: ModulesContainer, given: ResilienceOptions | undefined): void {
  const times = [...modules.values()].filter(({ metatype }) => metatype === ResilienceModule).length;
  if (times < 2 && given !== undefined) return;
  const option = 'import of ResilienceModule';
  const problem =
    times < 2
      ? {
          option,
          received: 'no options',
          allowed: 'ResilienceModule.forRoot(), or forRootAsync() with its options',
        }
      : { option, received: `${times} times`, allowed: 'once: what it provides is global' };
  throw new InvalidOptionsError([problem], {
    failure: 'ResilienceModule cannot start',
    advice: 'Import ResilienceModule.forRoot() in the root module, and nowhere else.',
  });
}
