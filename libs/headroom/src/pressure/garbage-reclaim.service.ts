import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Subscription } from 'rxjs';

import { guarded, SafeLogger } from '../listeners/index.js';
import { RESILIENCE_OPTIONS } from '../resilience-options.js';
import type { ResolvedResilienceOptions } from '../resilience-options.js';
import { toMb } from '../units/index.js';
import {
  findGarbageCollector,
  learnWhatWasFreed,
  type VitalsSample,
  VitalsService,
} from '../vitals/index.js';
import { PressureService } from './pressure.service.js';
import type { PressureSignalName } from './pressure-signal.js';
import type { PressureVerdict } from './pressure-verdict.js';
import { ReclaimPlan } from './reclaim-plan.js';

/** A collection whose outcome is not known yet. */
interface Asked {
  readonly before: NodeJS.MemoryUsage;
  readonly tookMs: number;
  readonly verdict: PressureVerdict;
}

/**
 * Asks V8 to collect when pressure stays critical, or elevated while nothing goes on. V8 collects when it allocates: a
 * process that is refused all work, or has none, allocates nothing, keeps its garbage, and with it the pressure (seen:
 * minutes).
 */
@Injectable()
export class GarbageReclaim implements OnApplicationShutdown {
  private readonly logger = new SafeLogger('Headroom');
  private readonly plan = new ReclaimPlan();
  private readonly subscription: Subscription | undefined;
  private collect: (() => void) | undefined;
  private hasLooked = false;
  private asked: Asked | undefined;

  constructor(
    @Inject(RESILIENCE_OPTIONS) options: ResolvedResilienceOptions,
    private readonly vitals: VitalsService,
    pressure: PressureService,
  ) {
    if (!options.memory.collectGarbage || options.mode === 'observe') return;
    this.subscription = pressure.verdicts.subscribe(
      guarded(this.logger, 'collecting garbage', (verdict: PressureVerdict) => this.review(verdict)),
    );
  }

  onApplicationShutdown(): void {
    this.subscription?.unsubscribe();
  }

  private review(verdict: PressureVerdict): void {
    if (this.asked) this.tell(this.asked);
    const { level, inLevelForMs, since } = verdict;
    if (level === 'normal') return;
    const { utilization } = this.vitals.last.eventLoop;
    if (!this.plan.isDue(performance.now(), { level, inLevelForMs, since, utilization })) return;
    if (!isOurMemory(verdict, this.vitals.last)) return;
    if (!this.hasLooked) this.collect = findGarbageCollector();
    this.hasLooked = true;
    if (!this.collect) return;
    const before = process.memoryUsage();
    const startedAt = performance.now();
    this.collect();
    this.asked = { before, tookMs: performance.now() - startedAt, verdict };
  }

  /** One sample later: Buffers are freed by another thread, and RSS follows later still. */
  private tell({ before, tookMs, verdict }: Asked): void {
    this.asked = undefined;
    learnWhatWasFreed();
    const after = process.memoryUsage();
    const freedBytes = before.heapUsed + before.external - after.heapUsed - after.external;
    this.plan.done(performance.now(), freedBytes / this.vitals.limits.effective.bytes, verdict);
    this.logger.log(
      `collected garbage in ${Math.round(tookMs)}ms because pressure stays ${verdict.level}: ` +
        `heap ${toMb(before.heapUsed)} -> ${toMb(after.heapUsed)}MB, ext ${toMb(before.external)} -> ${toMb(after.external)}MB`,
    );
  }
}

const OURS: ReadonlySet<PressureSignalName> = new Set(['heap', 'rss', 'working-set', 'address-space']);

/** In a cgroup that others fill there is little to be found here. */
const LEAST_SHARE_OF_CGROUP = 0.25;

/** Garbage can only be where memory of this process is what is short. */
function isOurMemory({ signals, reasons }: PressureVerdict, { rssBytes }: VitalsSample): boolean {
  const [worst] = signals;
  if (reasons.length === 0 || !worst || !OURS.has(worst.name)) return false;
  return worst.name !== 'working-set' || rssBytes >= worst.used * LEAST_SHARE_OF_CGROUP;
}
