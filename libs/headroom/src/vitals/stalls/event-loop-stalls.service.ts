import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { type Observable, Subject } from 'rxjs';

import { guarded, LineBudget, Listeners, SafeLogger } from '../../listeners/index.js';
import { RESILIENCE_OPTIONS } from '../../resilience-options.js';
import type { ResolvedResilienceOptions } from '../../resilience-options.js';
import type { LoopStall } from './loop-stall.js';
import { loopWatch } from './loop-watch.js';
import { loopWork, type WorkUnderWay } from './loop-work.js';
import { NamedRun } from '../work-observer.js';
import { ON_LOOP_STALL } from './on-loop-stall.decorator.js';
import { formatStall } from './stall-line.js';

const LINES_PER_MINUTE = 10;
const MINUTE_MS = 60_000;

/**
 * Stalls since start.
 *
 * @publicApi
 */
export interface StallCounters {
  readonly stalls: number;
  /** Those of which one piece of work is named, for certain or likely. */
  readonly named: number;
  /** Milliseconds, all together. */
  readonly blockedMs: number;
  readonly longestMs: number;
}

/**
 * Tells when the event loop did not turn for `eventLoop.stallMs` or longer, and who held it up: as soon as it turns
 * again, for nothing in the process can act before.
 *
 * @publicApi
 */
@Injectable()
export class EventLoopStalls
  implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown
{
  private readonly logger = new SafeLogger('Headroom');
  private readonly listeners = new Listeners<LoopStall>(ON_LOOP_STALL, this.logger);
  private readonly budget = new LineBudget(LINES_PER_MINUTE, MINUTE_MS);
  private readonly subject = new Subject<LoopStall>();
  private readonly stallMs: number | false;
  private stopListening: (() => void) | undefined;
  private phase: WorkUnderWay | undefined;
  private lastStall: LoopStall | undefined;
  private count = { stalls: 0, named: 0, blockedMs: 0, longestMs: 0 };

  /** Every stall, when it has ended. Completes when the app closes. */
  readonly stalls: Observable<LoopStall> = this.subject.asObservable();

  constructor(
    @Inject(RESILIENCE_OPTIONS) options: ResolvedResilienceOptions,
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {
    this.stallMs = options.eventLoop.stallMs;
  }

  /** The last one; the same frozen object until the next. */
  get last(): LoopStall | undefined {
    return this.lastStall;
  }

  /** Since start, frozen. */
  get counters(): StallCounters {
    return Object.freeze({ ...this.count });
  }

  onModuleInit(): void {
    this.listeners.explore(this.discovery, this.scanner);
    const { stallMs } = this;
    if (stallMs === false) return;
    const tell = (stall: LoopStall) => this.tell(stall, stallMs);
    this.stopListening = loopWatch.listen(
      stallMs,
      guarded(this.logger, 'telling who blocked the event loop', tell),
    );
    this.enterPhase('bootstrap');
  }

  onApplicationBootstrap(): void {
    this.leavePhase();
  }

  onModuleDestroy(): void {
    if (this.stopListening) this.enterPhase('shutdown');
  }

  onApplicationShutdown(): void {
    this.leavePhase();
    this.stopListening?.();
    this.tellHeldBack();
    this.subject.complete();
  }

  private tell(stall: LoopStall, stallMs: number): void {
    this.lastStall = stall;
    this.count.stalls++;
    if (stall.certainty === 'certain' || stall.certainty === 'likely') this.count.named++;
    this.count.blockedMs += Math.round(stall.durationMs);
    this.count.longestMs = Math.max(this.count.longestMs, Math.round(stall.durationMs));
    if (this.budget.take(1, performance.now())) {
      this.tellHeldBack();
      this.logger.warn(formatStall(stall, stallMs));
    }
    this.listeners.notify(stall);
    this.subject.next(stall);
  }

  private tellHeldBack(): void {
    const heldBack = this.budget.drainHeldBack();
    if (heldBack === 0) return;
    this.logger.warn(
      `${heldBack} stalls of the event loop not written: more than ${LINES_PER_MINUTE} a minute`,
    );
  }

  /** What the app's other modules do as it starts and closes is under way as well. */
  private enterPhase(name: string): void {
    this.leavePhase();
    this.phase = new NamedRun('lifecycle', name);
    loopWork.begin(this.phase);
  }

  private leavePhase(): void {
    if (this.phase) loopWork.end(this.phase);
    this.phase = undefined;
  }
}
