import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import type { Subscription } from 'rxjs';

import { FaultLog, guarded, LineBudget, Listeners, SafeLogger } from '../listeners/index.js';
import { RESILIENCE_OPTIONS } from '../resilience-options.js';
import type { ResolvedResilienceOptions, TaskLogLevel } from '../resilience-options.js';
import {
  type EndMemory,
  loopWork,
  type MemoryFacts,
  takeMemorySnapshot,
  type VitalsSample,
  VitalsService,
  type WorkKind,
  type WorkObserver,
  type WorkOutcome,
  type WorkRun,
} from '../vitals/index.js';
import { ON_TASK_END, ON_TASK_START } from './task-hooks.decorators.js';
import type { TaskEndFacts, TaskStartFacts } from './task-facts.js';
import { formatTaskEnd, formatTaskStart } from './task-lines.js';
import { workObserver } from './observed-method.js';

const TELL_HELD_BACK_EVERY_MS = 10_000;

interface TaskRun extends WorkRun {
  readonly startedAt: number;
  readonly startedAtMs: number;
  readonly before: MemoryFacts;
  readonly isLogged: boolean;
  /** It runs in another process: what this one uses says nothing of it. */
  readonly isElsewhere: boolean;
  peakRssBytes: number;
  concurrency: number;
}

/**
 * Takes the memory of the process when a task starts and when it ends, writes the lines and calls the hooks.
 * A task whose lines exceed the budget, and that no hook listens to, costs no reading of its own: it borrows
 * the last sample.
 */
@Injectable()
export class TaskRecorder implements WorkObserver, OnModuleInit, OnApplicationShutdown {
  private readonly logger = new SafeLogger('Headroom');
  private readonly startListeners = new Listeners<TaskStartFacts>(ON_TASK_START, this.logger);
  private readonly endListeners = new Listeners<TaskEndFacts>(ON_TASK_END, this.logger);
  private readonly levels: ResolvedResilienceOptions['tasks']['log'];
  private readonly budget: LineBudget;
  private readonly active = new Set<TaskRun>();
  private readonly subscription: Subscription;
  private readonly faults = new FaultLog(this.logger, 'recording a task');
  private readonly startedEarly: TaskStartFacts[] = [];
  private isExplored = false;
  private tellHeldBackAt = 0;

  constructor(
    @Inject(RESILIENCE_OPTIONS) options: ResolvedResilienceOptions,
    private readonly vitals: VitalsService,
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {
    this.levels = options.tasks.log;
    this.budget = new LineBudget(options.tasks.maxLinesPerSecond);
    this.subscription = vitals.samples.subscribe(
      guarded(this.logger, 'watching the peak of tasks', (sample: VitalsSample) => this.watch(sample)),
    );
    workObserver.prepare(this);
  }

  onModuleInit(): void {
    workObserver.enter(this);
    this.startListeners.explore(this.discovery, this.scanner);
    this.endListeners.explore(this.discovery, this.scanner);
    for (const facts of this.startedEarly.splice(0)) this.startListeners.notify(facts);
    this.isExplored = true;
  }

  onApplicationShutdown(): void {
    this.subscription.unsubscribe();
    this.tellHeldBack();
    for (const run of this.active) if (isSeenByLoop(run)) loopWork.end(run);
    workObserver.leave(this);
  }

  /** Tasks that run now, oldest first. */
  get running(): readonly WorkRun[] {
    return [...this.active];
  }

  /** Never throws: what watches the work must not fail it. */
  started(kind: WorkKind, name: string, memory?: MemoryFacts): WorkRun {
    try {
      return this.begin(kind, name, memory);
    } catch (error) {
      this.faults.report(error);
      return { kind, name };
    }
  }

  /** Never throws. */
  ended(run: WorkRun, outcome: WorkOutcome, error?: unknown, elsewhere?: EndMemory): void {
    try {
      if (isTaskRun(run)) this.finish(run, outcome, error, elsewhere);
    } catch (fault) {
      this.faults.report(fault);
    }
  }

  private begin(kind: WorkKind, name: string, elsewhere?: MemoryFacts): TaskRun {
    const nowMs = performance.now();
    const level = kind === 'lifecycle' ? this.levels.lifecycle : this.levels.start;
    const isLogged = kind === 'lifecycle' ? level !== false : this.takeLines(nowMs);
    const isRead = isLogged || !this.startListeners.isEmpty;
    const before = elsewhere ?? (isRead ? this.takeSnapshot() : this.vitals.last);
    const run: TaskRun = {
      kind,
      name,
      startedAt: Date.now(),
      startedAtMs: nowMs,
      before,
      isLogged,
      isElsewhere: elsewhere !== undefined,
      peakRssBytes: before.rssBytes,
      concurrency: 1,
    };
    if (kind !== 'lifecycle' && !run.isElsewhere) this.join(run);
    if (isSeenByLoop(run)) loopWork.begin(run);
    if (!isLogged && this.isExplored && this.startListeners.isEmpty) return run;

    const facts: TaskStartFacts = { kind, name, startedAt: run.startedAt, memory: before };
    if (isLogged) this.write(level, () => formatTaskStart(facts));
    if (this.isExplored) this.startListeners.notify(facts);
    else this.startedEarly.push(facts);
    return run;
  }

  private finish(run: TaskRun, outcome: WorkOutcome, error: unknown, elsewhere?: EndMemory): void {
    this.active.delete(run);
    if (isSeenByLoop(run)) loopWork.end(run);
    const isFailure = outcome === 'failed';
    if (!run.isLogged && !isFailure && this.endListeners.isEmpty) return;

    // Of one that died elsewhere without a word nothing is known but its start.
    const memory = elsewhere?.memory ?? (run.isElsewhere ? run.before : this.takeSnapshot());
    const facts: TaskEndFacts = {
      kind: run.kind,
      name: run.name,
      startedAt: run.startedAt,
      memory,
      before: run.before,
      outcome,
      error: isFailure ? error : undefined,
      durationMs: performance.now() - run.startedAtMs,
      peakRssBytes: Math.max(run.peakRssBytes, elsewhere?.peakRssBytes ?? 0, memory.rssBytes),
      concurrency: run.concurrency,
    };
    if (run.isLogged || isFailure) this.write(this.endLevel(run.kind, isFailure), () => formatTaskEnd(facts));
    if (!run.isLogged && isFailure && this.levels.end !== false) this.budget.wroteAnyway();
    this.endListeners.notify(facts);
  }

  /** Whether there is a line left for each of the lines that this task would have. */
  private takeLines(nowMs: number): boolean {
    const lines = Number(this.levels.start !== false) + Number(this.levels.end !== false);
    return lines > 0 && this.budget.take(lines, nowMs);
  }

  private endLevel(kind: WorkKind, isFailure: boolean): TaskLogLevel | false {
    if (isFailure) return this.levels.failure;
    return kind === 'lifecycle' ? this.levels.lifecycle : this.levels.end;
  }

  private join(run: TaskRun): void {
    this.active.add(run);
    const { size } = this.active;
    if (size === 1) return;
    for (const other of this.active) if (other.concurrency < size) other.concurrency = size;
  }

  private takeSnapshot(): MemoryFacts {
    return takeMemorySnapshot(this.vitals.limits.heapCeilingBytes);
  }

  private write(level: TaskLogLevel | false, line: () => string): void {
    if (level !== false) this.logger.write(level, line());
  }

  private watch(sample: VitalsSample): void {
    for (const run of this.active) run.peakRssBytes = Math.max(run.peakRssBytes, sample.rssBytes);
    const now = performance.now();
    if (now < this.tellHeldBackAt || !this.tellHeldBack()) return;
    this.tellHeldBackAt = now + TELL_HELD_BACK_EVERY_MS;
  }

  private tellHeldBack(): boolean {
    const heldBack = this.budget.drainHeldBack();
    if (heldBack === 0) return false;
    this.logger.log(`${heldBack} task lines not written: more than tasks.maxLinesPerSecond`);
    return true;
  }
}

/**
 * Jobs are told of where they run: those that are not recorded can block the loop as well. Work in another process
 * cannot.
 */
function isSeenByLoop({ kind }: WorkRun): boolean {
  return kind !== 'job' && kind !== 'lifecycle' && kind !== 'isolated';
}

function isTaskRun(run: WorkRun): run is TaskRun {
  return 'before' in run;
}
