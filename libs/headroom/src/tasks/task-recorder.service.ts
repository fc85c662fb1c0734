import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import type { Subscription } from 'rxjs';

import { guarded, Listeners } from '../listeners/index.js';
import { RESILIENCE_OPTIONS } from '../resilience-options.js';
import type { ResolvedResilienceOptions, TaskLogLevel } from '../resilience-options.js';
import {
  type MemorySnapshot,
  takeMemorySnapshot,
  type VitalsSample,
  VitalsService,
  type WorkKind,
  type WorkObserver,
  type WorkOutcome,
  type WorkRun,
} from '../vitals/index.js';
import { LineBudget } from './line-budget.js';
import { ON_TASK_END, ON_TASK_START } from './task-hooks.decorators.js';
import type { TaskEndFacts, TaskStartFacts } from './task-facts.js';
import { formatTaskEnd, formatTaskStart } from './task-lines.js';
import { workObserver } from './observed-method.js';

const TELL_HELD_BACK_EVERY_MS = 10_000;

interface TaskRun extends WorkRun {
  readonly startedAt: number;
  readonly startedAtMs: number;
  readonly before: MemorySnapshot;
  readonly isLogged: boolean;
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
  private readonly logger = new Logger('Headroom');
  private readonly startListeners = new Listeners<TaskStartFacts>(ON_TASK_START, this.logger);
  private readonly endListeners = new Listeners<TaskEndFacts>(ON_TASK_END, this.logger);
  private readonly levels: ResolvedResilienceOptions['tasks']['log'];
  private readonly budget: LineBudget;
  private readonly active = new Set<TaskRun>();
  private readonly subscription: Subscription;
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
    workObserver.enter(this);
  }

  onModuleInit(): void {
    this.startListeners.explore(this.discovery, this.scanner);
    this.endListeners.explore(this.discovery, this.scanner);
  }

  onApplicationShutdown(): void {
    this.subscription.unsubscribe();
    workObserver.leave(this);
  }

  /** Tasks that run now, oldest first. */
  get running(): readonly WorkRun[] {
    return [...this.active];
  }

  started(kind: WorkKind, name: string): WorkRun {
    const nowMs = performance.now();
    const level = kind === 'lifecycle' ? this.levels.lifecycle : this.levels.start;
    const isLogged = kind === 'lifecycle' || this.budget.take(this.levels.end === false ? 1 : 2, nowMs);
    const before = isLogged || !this.startListeners.isEmpty ? this.takeSnapshot() : this.vitals.last;
    const run: TaskRun = {
      kind,
      name,
      startedAt: Date.now(),
      startedAtMs: nowMs,
      before,
      isLogged,
      peakRssBytes: before.rssBytes,
      concurrency: 1,
    };
    if (kind !== 'lifecycle') this.join(run);
    if (!isLogged && this.startListeners.isEmpty) return run;

    const facts: TaskStartFacts = { kind, name, startedAt: run.startedAt, memory: before };
    if (isLogged) this.write(level, () => formatTaskStart(facts));
    this.startListeners.notify(facts);
    return run;
  }

  ended(work: WorkRun, outcome: WorkOutcome, error?: unknown): void {
    const run = work as TaskRun;
    this.active.delete(run);
    const isFailure = outcome === 'failed';
    if (!run.isLogged && !isFailure && this.endListeners.isEmpty) return;

    const memory = this.takeSnapshot();
    const facts: TaskEndFacts = {
      kind: run.kind,
      name: run.name,
      startedAt: run.startedAt,
      memory,
      before: run.before,
      outcome,
      error: isFailure ? error : undefined,
      durationMs: performance.now() - run.startedAtMs,
      peakRssBytes: Math.max(run.peakRssBytes, memory.rssBytes),
      concurrency: run.concurrency,
    };
    if (run.isLogged || isFailure) this.write(this.endLevel(run.kind, isFailure), () => formatTaskEnd(facts));
    this.endListeners.notify(facts);
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

  private takeSnapshot(): MemorySnapshot {
    return takeMemorySnapshot(this.vitals.limits.heapCeilingBytes);
  }

  private write(level: TaskLogLevel | false, line: () => string): void {
    if (level !== false) this.logger[level](line());
  }

  private watch(sample: VitalsSample): void {
    for (const run of this.active) run.peakRssBytes = Math.max(run.peakRssBytes, sample.rssBytes);
    const now = performance.now();
    if (now < this.tellHeldBackAt) return;
    const heldBack = this.budget.drainHeldBack();
    if (heldBack === 0 || this.levels.start === false) return;
    this.tellHeldBackAt = now + TELL_HELD_BACK_EVERY_MS;
    this.logger.log(`${heldBack} task lines not written: more than tasks.maxLinesPerSecond`);
  }
}
