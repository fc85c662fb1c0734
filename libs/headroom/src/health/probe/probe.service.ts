import { Inject, Injectable } from '@nestjs/common';
import type { AddressInfo } from 'node:net';
import type { Subscription } from 'rxjs';

import { AppReadiness, FirstAndLast } from '../../lifecycle/index.js';
import { FaultLog, SafeLogger } from '../../listeners/index.js';
import { PressureService } from '../../pressure/index.js';
import { RESILIENCE_OPTIONS } from '../../resilience-options.js';
import type { ResolvedResilienceOptions } from '../../resilience-options.js';
import { LoopBoard, loopBoards } from '../../vitals/index.js';
import { ProbeThread } from './probe-thread.js';
import type { CapturedBlock } from './thread/stall-watch.mjs';
import { verdictCode, VERDICTS } from './verdicts.js';

const MIN_BEAT_MS = 25;
const MAX_BEAT_MS = 250;
const BEATS_PER_BLOCK = 4;

/**
 * Publishes readiness and the turns of the event loop to the thread that answers probes, from first to last.
 *
 * @publicApi
 */
@Injectable()
export class ProbeService {
  private readonly logger = new SafeLogger('Headroom');
  private readonly faults = new FaultLog(this.logger, 'answering probes');
  private readonly options: ResolvedResilienceOptions['probe'];
  private readonly isObserving: boolean;
  private readonly board = new LoopBoard();
  private thread: ProbeThread | undefined;
  private beating: NodeJS.Timeout | undefined;
  private subscription: Subscription | undefined;
  private listensAt: AddressInfo | undefined;

  constructor(
    @Inject(RESILIENCE_OPTIONS) options: ResolvedResilienceOptions,
    private readonly readiness: AppReadiness,
    private readonly pressure: PressureService,
    edges: FirstAndLast,
  ) {
    this.options = options.probe;
    this.isObserving = options.mode === 'observe';
    edges.addFirst(async () => this.open());
    edges.addLast(async () => this.close());
  }

  /** Where the thread listens; `undefined` while it does not. */
  get address(): AddressInfo | undefined {
    return this.listensAt;
  }

  private async open(): Promise<void> {
    if (this.options === false) return;
    const beatMs = Math.min(MAX_BEAT_MS, Math.max(MIN_BEAT_MS, this.options.maxBlockMs / BEATS_PER_BLOCK));
    this.thread = new ProbeThread(this.options, beatMs, this.board, VERDICTS, {
      died: (error) => this.faults.report(error),
      blockEnded: (block) => this.logger.warn(describeBlock(block)),
    });
    this.beating = setInterval(() => this.publish(), beatMs).unref();
    this.subscription = this.readiness.changes.subscribe(() => this.publish());
    loopBoards.enter(this.board);
    try {
      this.listensAt = await this.thread.start();
    } catch (error) {
      // Nothing closes an app that has not started.
      await this.close();
      throw error;
    }
    const url = urlOf(this.listensAt);
    this.logger.log(`probes are answered by a thread of their own: ${url}/live, ${url}/ready`);
  }

  private async close(): Promise<void> {
    clearInterval(this.beating);
    this.subscription?.unsubscribe();
    loopBoards.leave(this.board);
    await this.thread?.close();
    this.thread = undefined;
    this.listensAt = undefined;
  }

  private publish(): void {
    this.board.setReadiness(
      verdictCode(this.readiness.unavailableBecause, this.pressure.level, this.isObserving),
    );
    this.board.beat();
  }
}

function describeBlock({ blockedMs, by, stack }: CapturedBlock): string {
  return (
    `the event loop was blocked for ${blockedMs}ms${by === undefined ? '' : ` by ${by}`}; ` +
    `on the stack: ${stack.join(' < ')}`
  );
}

function urlOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
