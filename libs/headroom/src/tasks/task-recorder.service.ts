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
  Roster,
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
import { TaskNotes } from './task-notes.js';
import { workObserver } from './observed-method.js';

const TELL_HELD_BACK_EVERY_MS = 10_000;
/** Seconds whose lines may be written at once. */
const SAVED_SECONDS = 5;

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
  private readonly active = new Roster<TaskNotes>();
  /** Those that run have seen at least so many at once. */
  private seenAtOnce = 0;
  private readonly subscription: Subscription;
  private readonly faults = new FaultLog(this.logger, 'recording a task');
  /** Of tasks that started or ended before anybody could be told. */
  private readonly early: (() => void)[] = [];
  private isExplored = false;
  private isTelling = false;
  private tellHeldBackAt = 0;

  constructor(
    @Inject(RESILIENCE_OPTIONS) options: ResolvedResilienceOptions,
    private readonly vitals: VitalsService,
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {
    this.levels = options.tasks.log;
    const { maxLinesPerSecond } = options.tasks;
    this.budget = new LineBudget(maxLinesPerSecond, 1000, SAVED_SECONDS * maxLinesPerSecond);
    this.subscription = vitals.samples.subscribe(
      guarded(this.logger, 'watching the peak of tasks', (sample: VitalsSample) => this.watch(sample)),
    );
    workObserver.prepare(this);
  }

  onModuleInit(): void {
    workObserver.enter(this);
    this.startListeners.explore(this.discovery, this.scanner);
    this.endListeners.explore(this.discovery, this.scanner);
    this.isExplored = true;
    for (const tell of this.early.splice(0)) tell();
  }

  onApplicationShutdown(): void {
    this.subscription.unsubscribe();
    this.tellHeldBack();
    for (const { run } of this.active) if (isSeenByLoop(run)) loopWork.end(run);
    workObserver.leave(this);
  }

  /** Tasks that run now, oldest first. */
  get running(): readonly WorkRun[] {
    return [...this.active].map(({ run }) => run).toSorted((a, b) => a.startedAtMs - b.startedAtMs);
  }

  /** Never throws: what watches the work must not fail it. */
  started(run: WorkRun, memory?: MemoryFacts): void {
    try {
      this.begin(run, memory);
    } catch (error) {
      this.faults.report(error);
    }
  }

  /** Never throws. */
  ended(run: WorkRun, outcome: WorkOutcome, error?: unknown, elsewhere?: EndMemory): void {
    try {
      const { notes } = run;
      if (notes instanceof TaskNotes) this.finish(notes, outcome, error, elsewhere);
    } catch (fault) {
      this.faults.report(fault);
    }
  }

  private begin(run: WorkRun, elsewhere?: MemoryFacts): void {
    const { kind } = run;
    const level = kind === 'lifecycle' ? this.levels.lifecycle : this.levels.start;
    const isLogged = kind === 'lifecycle' ? level !== false : this.takeLines(run.startedAtMs);
    const isRead = isLogged || !this.startListeners.isEmpty;
    const before = elsewhere ?? (isRead ? this.takeSnapshot() : this.vitals.last);
    const notes = new TaskNotes(run, before, isLogged, elsewhere !== undefined);
    run.notes = notes;
    notes.isOfHook = this.isTelling;
    if (kind !== 'lifecycle' && !notes.isElsewhere) this.join(notes);
    if (isSeenByLoop(run)) loopWork.begin(run);
    if (!isLogged && this.isExplored && this.startListeners.isEmpty) return;

    const facts = notes.startFacts();
    if (isLogged) this.write(level, () => formatTaskStart(facts));
    if (!notes.isOfHook) this.tell(this.startListeners, facts);
  }

  private finish(notes: TaskNotes, outcome: WorkOutcome, error: unknown, elsewhere?: EndMemory): void {
    const { run, isLogged } = notes;
    this.active.remove(notes);
    if (isSeenByLoop(run)) loopWork.end(run);
    const isFailure = outcome === 'failed';
    if (!isLogged && !isFailure && this.isExplored && this.endListeners.isEmpty) return;

    // Of one that died elsewhere without a word nothing is known but its start.
    const memory = elsewhere?.memory ?? (notes.isElsewhere ? notes.before : this.takeSnapshot());
    notes.sawRss(Math.max(elsewhere?.peakRssBytes ?? 0, memory.rssBytes));
    const facts = notes.endFacts(outcome, error, memory);
    if (isLogged || isFailure) this.write(this.endLevel(run.kind, isFailure), () => formatTaskEnd(facts));
    if (!isLogged && isFailure && this.levels.end !== false) this.budget.wroteAnyway();
    if (!notes.isOfHook) this.tell(this.endListeners, facts);
  }

  /** A hook that runs a task itself is not told of that: it would run another one. */
  private tell<Facts>(listeners: Listeners<Facts>, facts: Facts): void {
    if (!this.isExplored) {
      this.early.push(() => this.tell(listeners, facts));
      return;
    }
    const wasTelling = this.isTelling;
    this.isTelling = true;
    listeners.notify(facts);
    this.isTelling = wasTelling;
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

  private join(notes: TaskNotes): void {
    this.active.add(notes);
    const { size } = this.active;
    notes.concurrency = size;
    if (size > this.seenAtOnce) {
      for (const other of this.active) if (other.concurrency < size) other.concurrency = size;
    }
    this.seenAtOnce = size;
  }

  private takeSnapshot(): MemoryFacts {
    return this.vitals.memoryNow();
  }

  private write(level: TaskLogLevel | false, line: () => string): void {
    if (level !== false) this.logger.write(level, line());
  }

  private watch(sample: VitalsSample): void {
    for (const notes of this.active) notes.sawRss(sample.rssBytes);
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
