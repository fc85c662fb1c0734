import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Subscription } from 'rxjs';

import { WorkExceedsBudgetError } from '../errors/index.js';
import { FaultLog, guarded, SafeLogger } from '../listeners/index.js';
import { RESILIENCE_OPTIONS } from '../resilience-options.js';
import type { ResolvedResilienceOptions } from '../resilience-options.js';
import { PressureService } from '../pressure/index.js';
import { afterMicrotasks, type MemoryReading, VitalsService } from '../vitals/index.js';
import { type ChildMemory, ChildUnit, outside } from './ledger/child-unit.js';
import { CostBook, type KeptCost } from './ledger/cost-book.js';
import { CostWatch } from './ledger/cost-watch.js';
import { judgeRoom, type RoomFacts, type Shares } from './ledger/judge-room.js';
import { LaneOrder } from './ledger/lane-order.js';
import type { Cost, LearnedCost } from './ledger/learned-cost.js';
import { describeLedger, type LedgerReport, reportOf } from './ledger/ledger-report.js';
import { type Elsewhere, isSmall, isTrial, Leeway } from './ledger/leeway.js';
import { RoomMaker } from './ledger/room-maker.js';
import { type Sizes, sizesUnder } from './ledger/sizes.js';
import type { Unit } from './ledger/unit.js';
import { UnitsInFlight } from './ledger/units-in-flight.js';
import type { MemoryCostValue } from './memory-cost.decorator.js';
import { type ChildClaim, NOTHING_RESERVED, type Refusal, type Reservation } from './reservation.js';
import type { Lane, WorkCost } from './work-cost.js';

/** A unit that ran for so long was looked at by several samples: what it held could not hide from all of them. */
const SAMPLED_AFTER_MS = 1000;
const FRESH_MS = 2;
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
  private readonly leeway = new Leeway(this.units, () => this.facts());
  private readonly isObserving: boolean;
  private readonly maker: RoomMaker;
  private readonly subscription: Subscription;
  private reading: MemoryReading;
  private sizes: Sizes;
  private readAtMs = -Infinity;
  /** The least that was ever used beside units. */
  private leastFloorBytes = Infinity;

  constructor(
    @Inject(RESILIENCE_OPTIONS) options: ResolvedResilienceOptions,
    private readonly vitals: VitalsService,
    pressure: PressureService,
  ) {
    this.isObserving = options.mode === 'observe';
    this.lanes = new LaneOrder(options.pressure, this.waiting);
    this.maker = new RoomMaker(options.memory.collectGarbage && !this.isObserving, () => this.tellLanes());
    this.reading = vitals.readingNow();
    this.sizes = sizesUnder(this.reading, this.lanes.shares.request.memory, 0);
    pressure.planGrowth(() => this.isGrowthPlanned);
    this.subscription = vitals.samples.subscribe(
      guarded(this.logger, 'accounting for memory', () => this.sampled()),
    );
  }

  onModuleInit(): void {
    this.look(performance.now());
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
    this.look(performance.now());
    return reportOf(this.book, this.facts(), this.lanes.shares, this.maker.counters);
  }

  /** Writes the report to the log: a line for the whole, and one per kind of work that is not light. */
  log(): void {
    for (const line of describeLedger(this.report())) this.logger.log(line);
  }

  /**
   * Sets aside what a unit of this kind takes, when it fits now. Not needed for kinds that are free. In `observe` mode
   * nothing is collected and nothing impossible; whoever is refused starts all the same.
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
    return (
      known.state === 'learning' ||
      isSmall(known.next(this.sizes.guessBytes, this.sizes.mostBytes), this.sizes)
    );
  }

  /** Calls `review` whenever there may be room again; requests are asked before jobs that are not overdue. Returns the way to stop it. */
  onRoom(lane: Lane, review: () => void): () => void {
    const safe = guarded(this.logger, 'reviewing who waits for memory', review);
    this.reviews[lane].add(safe);
    return () => void this.reviews[lane].delete(safe);
  }

  private reserve(cost: LearnedCost, isOverdue: boolean, child?: ChildMemory): Reservation | Refusal {
    const nowMs = performance.now();
    if (nowMs - this.readAtMs > FRESH_MS) this.look(nowMs);
    const whole = this.wantedBy(cost, child);
    // A child that is warm has some of it already.
    const wanted = child ? outside(Math.max(0, whole.totalBytes - child.usedBytes)) : whole;
    // Looked at again, not held up: the others of its kind go on unseen.
    if (cost.state === 'light') return this.start(cost, whole, nowMs, child);
    if (!this.isObserving) this.refuseImpossible(cost, whole);
    if (cost.isWindowFull && !(isOverdue && this.leeway.showsNoCost(cost, this.sizes))) return 'window';
    const { lane } = cost;
    if (!isSmall(wanted, this.sizes) && this.lanes.mustGiveWay(lane, isOverdue, nowMs)) return 'no-room';
    this.lanes.asks(lane, nowMs);
    const shares = this.lanes.sharesFor(lane, isOverdue, nowMs);
    if (
      this.hasRoom(cost, wanted, shares, child && { besideJobs: isOverdue }) ||
      this.leeway.mayProbe(cost, isOverdue, this.sizes, this.mustWaitForRoom(cost, child))
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
    const { guessBytes, trialBytes, mostBytes } = this.sizes;
    if (!child) return cost.next(isTrial(cost) ? trialBytes : guessBytes, mostBytes);
    return outside(
      cost.next(Math.min(Math.max(guessBytes, EMPTY_CHILD_BYTES), mostBytes), mostBytes).totalBytes,
    );
  }

  private hasRoom(cost: LearnedCost, wanted: Cost, shares: Shares, elsewhere?: Elsewhere): boolean {
    let room = judgeRoom(this.facts(), wanted, shares);
    if (room === 'garbage' && this.maker.collect(this.units.leftBytes >= wanted.totalBytes / 2)) {
      this.look(performance.now());
      room = judgeRoom(this.facts(), wanted, shares);
    }
    if (room === 'fits') return true;
    const { leeway, sizes } = this;
    return (
      leeway.mayRunAlone(cost, wanted, sizes, this.readAtMs, elsewhere) || leeway.fitsMargin(wanted, sizes)
    );
  }

  private refuseImpossible({ key, lane, state }: LearnedCost, { totalBytes }: Cost): void {
    if (state !== 'declared') return;
    const budgetBytes = this.sizes.budgetBytes - this.leastFloorBytes;
    if (totalBytes > budgetBytes) {
      throw new WorkExceedsBudgetError(`${lane} ${key}`, totalBytes, Math.max(0, budgetBytes));
    }
  }

  private start(cost: LearnedCost, wanted: Cost, nowMs: number, child?: ChildMemory): Reservation {
    this.lanes.started(cost.lane, nowMs);
    this.leeway.forget();
    if (isTrial(cost)) this.lanes.triedOut();
    const unit = child
      ? this.units.children.start(child, cost, wanted, nowMs)
      : this.units.start(cost, wanted, nowMs);
    cost.rechecking();
    let hasEnded = false;
    const turn = {
      waits: () => {
        unit.begunAtMs = undefined;
      },
      begins: () => {
        if (!hasEnded) this.begins(unit);
      },
    };
    return {
      ...(child ? undefined : turn),
      end: (peakBytes = 0) => {
        if (hasEnded) return;
        hasEnded = true;
        if (unit instanceof ChildUnit) unit.peakBytes = peakBytes;
        this.end(unit);
      },
    };
  }

  private begins(unit: Unit): void {
    const nowMs = performance.now();
    if (unit.reserved.totalBytes <= this.sizes.lightBytes) {
      // Not worth the two looks: it may come thousands of times a second.
      unit.begunAtMs = nowMs;
      return;
    }
    try {
      this.look(nowMs);
      this.units.begin(unit, this.vitals.bufferBytesNow(), this.readAtMs);
      afterMicrotasks(this.stretchIsOver);
    } catch (error) {
      this.faults.report(error);
    }
  }

  private readonly stretchIsOver = (): void => {
    if (!this.units.ahead) return;
    try {
      this.look(performance.now());
      this.units.endStretch(this.vitals.bufferBytesNow());
    } catch (error) {
      this.faults.report(error);
    }
  };

  private end(unit: Unit): void {
    try {
      this.look(performance.now());
      if (this.units.ahead === unit) this.units.endStretch(this.vitals.bufferBytesNow());
      const { observation } = unit;
      if (unit instanceof ChildUnit) this.units.children.end(unit);
      else this.units.end(unit);
      // One that was given up before its turn came tells nothing of its kind.
      if (unit.begunAtMs !== undefined) {
        const wasSampled = this.readAtMs - unit.begunAtMs >= SAMPLED_AFTER_MS;
        unit.cost.observe(
          wasSampled ? { ...observation, isAtLeast: false } : observation,
          this.sizes.lightBytes,
        );
      }
      this.tellLanes();
    } catch (error) {
      this.faults.report(error);
    }
  }

  private sampled(): void {
    const nowMs = performance.now();
    this.units.children.sampled();
    this.look(nowMs, true);
    if (this.waiting.request + this.waiting.job + this.waiting.child === 0) this.leeway.forget();
    const isShort = this.reading.usedBytes >= this.reading.limitBytes * this.lanes.shares.job.memory;
    this.watch.sampled(nowMs, this.sizes.lightBytes, isShort);
    this.tellLanes();
  }

  private look(nowMs: number, isSample = false): void {
    const { children } = this.units;
    const { usedBytes, grownBytes } = children;
    this.reading = this.vitals.readingNow({ usedBytes, grownBytes });
    this.readAtMs = nowMs;
    const residentBytes = this.reading.usedBytes + this.reading.unchargedBytes;
    const own = { ...this.reading, usedBytes: residentBytes - usedBytes };
    this.units.read(own, nowMs, isSample);
    const floorBytes = this.units.floor.totalBytes;
    this.leastFloorBytes = Math.min(this.leastFloorBytes, floorBytes);
    this.sizes = sizesUnder(this.reading, this.lanes.shares.request.memory, floorBytes);
  }

  private facts(): RoomFacts {
    return this.units.factsWith(this.reading);
  }

  /**
   * What is used above the floor is mostly units' own, and all that is set aside is within the budget. What ended ones have
   * left is nobody's: to take it again is no growth.
   */
  private get isGrowthPlanned(): boolean {
    const { claimed, floor, leftBytes, slackBytes } = this.units;
    const inUseBytes = this.reading.usedBytes - floor.totalBytes - leftBytes - slackBytes;
    return (
      claimed.totalBytes >= inUseBytes / 2 && floor.totalBytes + claimed.totalBytes <= this.sizes.budgetBytes
    );
  }

  private tellLanes(): void {
    for (const lane of this.lanes.inOrder(this.readAtMs)) for (const review of this.reviews[lane]) review();
  }
}
