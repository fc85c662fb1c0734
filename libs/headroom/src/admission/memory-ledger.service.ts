import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Subscription } from 'rxjs';

import { WorkExceedsBudgetError } from '../errors/index.js';
import { FaultLog, guarded, SafeLogger } from '../listeners/index.js';
import { RESILIENCE_OPTIONS } from '../resilience-options.js';
import type { ResolvedResilienceOptions } from '../resilience-options.js';
import { PressureService } from '../pressure/index.js';
import { VitalsService } from '../vitals/index.js';
import { type ChildMemory, outside } from './ledger/child-unit.js';
import { CostBook, type KeptCost } from './ledger/cost-book.js';
import { CostWatch } from './ledger/cost-watch.js';
import { judgeRoom, type Shares } from './ledger/judge-room.js';
import { LaneOrder } from './ledger/lane-order.js';
import type { Cost, LearnedCost } from './ledger/learned-cost.js';
import { describeLedger, type LedgerReport, reportOf } from './ledger/ledger-report.js';
import { type Elsewhere, isSmall, isTrial, Leeway } from './ledger/leeway.js';
import { MemoryView } from './ledger/memory-view.js';
import { RoomMaker } from './ledger/room-maker.js';
import { UnitLife } from './ledger/unit-life.js';
import { UnitsInFlight } from './ledger/units-in-flight.js';
import type { MemoryCostValue } from './memory-cost.decorator.js';
import { type ChildClaim, NOTHING_RESERVED, type Refusal, type Reservation } from './reservation.js';
import type { Lane, WorkCost } from './work-cost.js';

/** What Node takes before a task has begun, with room for its modules. */
const EMPTY_CHILD_BYTES = 64 * 1024 ** 2;

/**
 * Sets memory aside before work starts, so that a burst cannot take what is not there: two samples are 250 ms
 * apart, and the kernel kills in less. Learns what each kind of work takes.
 *
 * A unit fits when the floor, all that is set aside and its own cost stay within the lane's share of the limits:
 * `pressure.critical` for requests (of all memory, half of `pressure.exitMargin` less: what was let in is no pressure),
 * `pressure.elevated` for jobs (of the heap, half way between), so that batch work gives way first; of the heap, jobs may take as much as requests when none of those has asked for a minute. When
 * nothing else runs, one unit may always start.
 *
 * @publicApi
 */
@Injectable()
export class MemoryLedger implements OnModuleInit, OnApplicationShutdown {
  /** How many units of each lane wait now, and how many in the job's for a process of their own: kept by the lanes. While a request waits, no job starts that is not overdue. */
  readonly waiting: Record<Lane | 'child', number> = { request: 0, job: 0, child: 0 };

  private readonly logger = new SafeLogger('Headroom');
  private readonly faults = new FaultLog(this.logger, 'accounting for memory');
  private readonly book = new CostBook();
  private readonly units = new UnitsInFlight();
  private readonly watch = new CostWatch(this.book, this.units);
  private readonly reviews: Record<Lane, Set<() => void>> = { request: new Set(), job: new Set() };
  private readonly lanes: LaneOrder;
  private readonly view: MemoryView;
  private readonly leeway: Leeway;
  private readonly life: UnitLife;
  private readonly isObserving: boolean;
  private readonly maker: RoomMaker;
  /** Kinds of jobs that can never fit, and were told of. */
  private readonly impossible = new Set<string>();
  private readonly subscription: Subscription;

  constructor(
    @Inject(RESILIENCE_OPTIONS) options: ResolvedResilienceOptions,
    vitals: VitalsService,
    pressure: PressureService,
  ) {
    this.isObserving = options.mode === 'observe';
    this.lanes = new LaneOrder(options.pressure, this.waiting);
    this.maker = new RoomMaker(options.memory.collectGarbage && !this.isObserving, () => this.tellLanes());
    this.view = new MemoryView(vitals, this.units, this.lanes.shares.request.memory);
    this.leeway = new Leeway(this.units, () => this.view.facts());
    this.life = new UnitLife(this.units, this.view, vitals, this.faults, () => this.tellLanes());
    pressure.planGrowth(() => this.view.isGrowthPlanned);
    this.subscription = vitals.samples.subscribe(
      guarded(this.logger, 'accounting for memory', () => this.sampled()),
    );
  }

  onModuleInit(): void {
    this.view.look(performance.now());
  }

  onApplicationShutdown(): void {
    this.subscription.unsubscribe();
    this.maker.stop();
    this.units.close();
  }

  /** What is known of a kind of work; made when first asked for. */
  costOf(lane: Lane, key: string, declared?: MemoryCostValue): WorkCost {
    return this.book.costOf(lane, key, declared);
  }

  /** Bytes that are set aside for the units that run. */
  get reservedBytes(): number {
    return this.units.claimed.totalBytes;
  }

  /** Bytes that requests may still take, of all memory or of the heap: of the one that has less. */
  get roomBytes(): number {
    this.view.lookUnlessFresh(performance.now());
    const { limitBytes, usedBytes, heapCeilingBytes, heapUsedBytes } = this.view.reading;
    const { memory, heap } = this.lanes.shares.request;
    return Math.max(0, Math.min(limitBytes * memory - usedBytes, heapCeilingBytes * heap - heapUsedBytes));
  }

  /** Whether too little is known of a kind of work to say what it takes. */
  isLearning(cost: WorkCost): boolean {
    return (cost as LearnedCost).state === 'learning';
  }

  /** What is worth keeping across restarts. */
  learned(): KeptCost[] {
    return this.book.worthKeeping();
  }

  /** Takes what an earlier run has learned. */
  recall(costs: readonly KeptCost[]): void {
    this.book.recallAll(costs);
  }

  /** What was learned, what is set aside and what is left. Made when asked for. */
  report(): LedgerReport {
    this.view.look(performance.now());
    return reportOf(this.book, this.view.facts(), this.lanes.shares, this.maker.counters);
  }

  /** Writes the report to the log: a line for the whole, and one per kind of work that is not light. */
  log(): void {
    for (const line of describeLedger(this.report())) this.logger.log(line);
  }

  /**
   * Sets aside what a unit of this kind takes, when it fits now. Not needed for kinds that are free. In `observe` mode
   * nothing is collected, and what is impossible is told of jobs once per kind; whoever is refused starts all the same.
   *
   * @param isOverdue it has waited for long: a job may go before waiting requests, and of a kind that is being learned
   *   one more may start when those that run show no cost
   * @throws {WorkExceedsBudgetError} when it can never fit
   */
  tryReserve(cost: WorkCost, isOverdue = false): Reservation | Refusal {
    return cost.isFree ? NOTHING_RESERVED : this.reserveSafely(cost as LearnedCost, isOverdue);
  }

  /** Counts a process that is about to be started. */
  addChild(): ChildClaim {
    const child = this.units.children.add();
    return Object.assign(child, {
      tryReserve: (cost: WorkCost, isOverdue = false) =>
        this.reserveSafely(cost as LearnedCost, isOverdue, child),
      release: () => {
        this.units.children.remove(child);
        this.tellLanes();
      },
    });
  }

  private reserveSafely(cost: LearnedCost, isOverdue: boolean, child?: ChildMemory): Reservation | Refusal {
    try {
      return this.reserve(cost, isOverdue, child);
    } catch (error) {
      if (error instanceof WorkExceedsBudgetError) throw error;
      this.faults.report(error);
      return NOTHING_RESERVED;
    }
  }

  /**
   * Whether a unit of this kind may pass those that lack room: light or small work, and work of which nothing is
   * known, would else wait for heavy work that it does not hinder.
   */
  mayPass(cost: WorkCost): boolean {
    if (cost.isFree) return true;
    const known = cost as LearnedCost;
    const { sizes } = this.view;
    return known.state === 'learning' || isSmall(known.next(sizes.guessBytes, sizes.mostBytes), sizes);
  }

  /** Calls `review` whenever there may be room again; requests are asked before jobs that are not overdue. Returns the way to stop it. */
  onRoom(lane: Lane, review: () => void): () => void {
    const safe = guarded(this.logger, 'reviewing who waits for memory', review);
    this.reviews[lane].add(safe);
    return () => void this.reviews[lane].delete(safe);
  }

  private reserve(cost: LearnedCost, isOverdue: boolean, child?: ChildMemory): Reservation | Refusal {
    const nowMs = performance.now();
    this.view.lookUnlessFresh(nowMs);
    const { sizes } = this.view;
    const whole = this.wantedBy(cost, child);
    // A child that is warm has some of it already.
    const wanted = child ? outside(Math.max(0, whole.totalBytes - child.usedBytes)) : whole;
    // Looked at again, not held up: the others of its kind go on unseen.
    if (cost.state === 'light') return this.start(cost, whole, nowMs, child);
    this.refuseImpossible(cost, whole);
    if (cost.isWindowFull && !(isOverdue && this.leeway.showsNoCost(cost, sizes))) return 'window';
    const { lane } = cost;
    if (!isSmall(wanted, sizes) && this.lanes.mustGiveWay(lane, isOverdue, nowMs)) return 'no-room';
    this.lanes.asks(lane, nowMs);
    const shares = this.lanes.sharesFor(lane, isOverdue, nowMs);
    if (
      this.hasRoom(cost, wanted, shares, child && { besideJobs: isOverdue }) ||
      this.leeway.mayProbe(cost, isOverdue, sizes, this.mustWaitForRoom(cost, child))
    )
      return this.start(cost, whole, nowMs, child);
    this.lanes.refused(lane, isOverdue, nowMs);
    return 'no-room';
  }

  /** It gets its turn among requests before it is tried out where all is taken. */
  private mustWaitForRoom(cost: LearnedCost, child: ChildMemory | undefined): boolean {
    return !child && isTrial(cost) && !this.lanes.jobHadTurnInVain;
  }

  private wantedBy(cost: LearnedCost, child: ChildMemory | undefined): Cost {
    const { guessBytes, trialBytes, mostBytes } = this.view.sizes;
    if (!child) return cost.next(isTrial(cost) ? trialBytes : guessBytes, mostBytes);
    return outside(
      cost.next(Math.min(Math.max(guessBytes, EMPTY_CHILD_BYTES), mostBytes), mostBytes).totalBytes,
    );
  }

  private hasRoom(cost: LearnedCost, wanted: Cost, shares: Shares, elsewhere?: Elsewhere): boolean {
    const { view, leeway } = this;
    let room = judgeRoom(view.facts(), wanted, shares);
    if (room === 'garbage' && this.maker.collect(this.units.leftBytes >= wanted.totalBytes / 2)) {
      view.look(performance.now());
      room = judgeRoom(view.facts(), wanted, shares);
    }
    if (room === 'fits') return true;
    return (
      leeway.mayRunAlone(cost, wanted, view.sizes, view.readAtMs, elsewhere) ||
      leeway.fitsMargin(wanted, view.sizes)
    );
  }

  private refuseImpossible({ key, lane, state }: LearnedCost, { totalBytes }: Cost): void {
    if (state !== 'declared') return;
    const budgetBytes = this.view.sizes.budgetBytes - this.view.leastFloorBytes;
    if (totalBytes <= budgetBytes) return;
    const error = new WorkExceedsBudgetError(`${lane} ${key}`, totalBytes, Math.max(0, budgetBytes));
    // The lane of requests asks, and lets it in.
    if (!this.isObserving || lane === 'request') throw error;
    if (this.impossible.has(key)) return;
    this.impossible.add(key);
    this.logger.warn(`would refuse a job: ${error.message} Mode is observe, so it starts.`);
  }

  private start(cost: LearnedCost, wanted: Cost, nowMs: number, child?: ChildMemory): Reservation {
    this.lanes.started(cost.lane, nowMs);
    this.leeway.forget();
    if (isTrial(cost)) this.lanes.triedOut();
    return this.life.start(cost, wanted, nowMs, child);
  }

  private sampled(): void {
    const nowMs = performance.now();
    this.units.children.sampled();
    this.view.look(nowMs, true);
    if (this.waiting.request + this.waiting.job + this.waiting.child === 0) this.leeway.forget();
    const { reading, sizes } = this.view;
    const isShort = reading.usedBytes >= reading.limitBytes * this.lanes.shares.job.memory;
    this.watch.sampled(nowMs, sizes.lightBytes, isShort);
    this.tellLanes();
  }

  private tellLanes(): void {
    for (const lane of this.lanes.inOrder(this.view.readAtMs))
      for (const review of this.reviews[lane]) review();
  }
}
