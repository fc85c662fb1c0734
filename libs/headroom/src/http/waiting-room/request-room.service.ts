import {
  HttpException,
  HttpStatus,
  Inject,
  Injectable,
  type OnModuleDestroy,
  ServiceUnavailableException,
} from '@nestjs/common';

import {
  MemoryLedger,
  NOTHING_RESERVED,
  type Refusal,
  type Reservation,
  type WorkCost,
} from '../../admission/index.js';
import { WorkExceedsBudgetError } from '../../errors/index.js';
import { processTurnGate } from '../../event-loop/index.js';
import { FaultLog, guarded, SafeLogger } from '../../listeners/index.js';
import { RESILIENCE_OPTIONS } from '../../resilience-options.js';
import type { ResolvedResilienceOptions } from '../../resilience-options.js';
import { RequestMonitor, type ShedReason } from '../../admission/index.js';
import { type PlatformRequest, RequestShedding } from '../shedding/request-shedding.service.js';
import { onceClosed } from '../response-closed.js';
import { RoomLog } from './room-log.js';
import type { RoutePolicy } from '../routes/route-policy.js';
import { type Asking, type Door, WaitingRoom } from './waiting-room.js';

/** A request whose route takes memory. */
export interface AskingForMemory extends Asking {
  readonly policy: RoutePolicy;
  readonly cost: WorkCost;
  readonly request: PlatformRequest;
  /** Of the platform; `rawResponse` is that of Node. */
  readonly response: unknown;
  /** Set while memory is set aside for it. */
  reservation?: Reservation | undefined;
}

/** What nginx logs for a client that has gone; nobody is left to read it. */
const CLIENT_CLOSED_REQUEST = 499;

/**
 * Sets memory aside for requests.
 *
 * States: *asking* -> (*waiting* ->) *admitted* -> *ended* with its response, however that ends; or *refused*.
 * In `observe` mode everybody is admitted, with memory set aside where there is any.
 */
@Injectable()
export class RequestRoom implements Door<AskingForMemory>, OnModuleDestroy {
  private readonly logger = new SafeLogger('Headroom');
  private readonly faults = new FaultLog(this.logger, 'reserving memory for a request');
  private readonly isObserving: boolean;
  private readonly canWait: boolean;
  private readonly log: RoomLog;
  private readonly waitingRoom: WaitingRoom<AskingForMemory>;
  private readonly stopListening: () => void;
  private isClosing = false;

  constructor(
    @Inject(RESILIENCE_OPTIONS) { mode, http }: ResolvedResilienceOptions,
    private readonly ledger: MemoryLedger,
    private readonly shedding: RequestShedding,
    private readonly monitor: RequestMonitor,
  ) {
    this.isObserving = mode === 'observe';
    this.canWait = http.maxWaiting > 0 && http.maxWaitMs > 0;
    this.log = new RoomLog(this.logger, this.isObserving);
    this.waitingRoom = new WaitingRoom(this, http);
    const review = guarded(this.logger, 'letting waiting requests in', () => this.waitingRoom.review());
    this.stopListening = ledger.onRoom('request', review);
  }

  /**
   * Who waits when the app closes is refused: nothing of it has begun, so another process can serve it at once, and
   * the drain is the shorter for it. To let all in would be the burst for which they were held.
   */
  onModuleDestroy(): void {
    this.isClosing = true;
    this.stopListening();
    this.waitingRoom.close();
  }

  /** @throws {HttpException} or rejects with it, when the request must not be served */
  enter(asking: AskingForMemory): true | Promise<true> {
    const isNext = this.waitingRoom.isEmpty || this.mayPass(asking);
    const answer = isNext ? this.tryAdmit(asking, 0, false) : 'no-room';
    if (answer === true) return this.inItsTurn(asking);
    if (answer instanceof HttpException) {
      if (this.isObserving) return true;
      throw answer;
    }
    if (!this.isObserving && this.isClosing) throw this.refusal(asking, 'shutting-down', 0);
    if (!this.isObserving && !this.canWait) throw this.refusal(asking, 'no-room', 0);
    const held = this.monitor.held(asking.policy);
    if (answer === 'window') this.log.learning(asking.policy.key, performance.now());
    else this.log.held(asking.policy.key, held, performance.now());
    return this.isObserving ? true : this.waitingRoom.wait(asking).then(() => this.inItsTurn(asking));
  }

  /**
   * One such request starts per turn of the event loop, in turns with jobs: who takes memory takes time (a Buffer of
   * 30 MB 10 to 100 ms, measured, for the kernel's pages), and a burst of them would be one long block.
   */
  private inItsTurn(asking: AskingForMemory): true | Promise<true> {
    const turn = this.isObserving ? undefined : processTurnGate.enterFirst('urgent');
    if (!turn) return this.begins(asking, 0);
    const since = performance.now();
    return turn.then(() => this.begins(asking, performance.now() - since));
  }

  private begins(asking: AskingForMemory, waitedMs: number): true {
    if (!asking.reservation && !this.isObserving) throw this.gone(asking, waitedMs);
    asking.reservation?.begins?.();
    return true;
  }

  /** It does not do yet what it was let in for, and asks again when it does. Nothing is learned of that. */
  release(asking: AskingForMemory): void {
    const { reservation } = asking;
    asking.reservation = undefined;
    reservation?.waits?.();
    reservation?.end();
  }

  tryAdmit(asking: AskingForMemory, waitedMs: number, isOverdue: boolean): true | Refusal | HttpException {
    const outcome = this.tryReserve(asking, isOverdue);
    if (typeof outcome === 'string' || outcome instanceof HttpException) return outcome;
    this.monitor.admitted(asking.policy, waitedMs);
    // At once: others are let in before its code runs, and what is looked at meanwhile is not its doing.
    outcome.waits?.();
    asking.reservation = outcome;
    try {
      onceClosed(asking.rawResponse, () => {
        asking.reservation = undefined;
        outcome.end();
      });
    } catch (error) {
      outcome.end();
      this.faults.report(error);
    }
    return true;
  }

  mayPass({ cost }: AskingForMemory): boolean {
    return this.ledger.mayPass(cost);
  }

  refusal(
    { policy, request, response }: AskingForMemory,
    reason: ShedReason,
    waitedMs: number,
  ): HttpException {
    this.monitor.shed(policy, reason, waitedMs);
    this.log.refused(policy.key, reason, this.monitor.refused, performance.now());
    return this.shedding.refusal(request, response, reason === 'shutting-down');
  }

  gone({ policy }: AskingForMemory, waitedMs: number): HttpException {
    this.monitor.shed(policy, 'aborted', waitedMs);
    return new HttpException('The client has gone while its request waited', CLIENT_CLOSED_REQUEST);
  }

  lineIs(length: number): void {
    this.ledger.waiting.request = length;
    this.monitor.lineIs(length);
  }

  private tryReserve(asking: AskingForMemory, isOverdue: boolean): Reservation | Refusal | HttpException {
    try {
      return this.ledger.tryReserve(asking.cost, isOverdue);
    } catch (error) {
      if (error instanceof WorkExceedsBudgetError) return this.tooLarge(asking, error);
      this.faults.report(error);
      return NOTHING_RESERVED;
    }
  }

  /** No `Retry-After`: it will not fit later either. */
  private tooLarge({ policy }: AskingForMemory, error: WorkExceedsBudgetError): HttpException {
    const { code } = error;
    this.monitor.shed(policy, 'exceeds-budget');
    this.log.exceedsBudget(policy.key, error.message);
    const statusCode = HttpStatus.SERVICE_UNAVAILABLE;
    // What it declares, and what the server has, is none of the client's business.
    const message = 'This request takes more memory than the server can give.';
    return new ServiceUnavailableException(
      { statusCode, error: 'Service Unavailable', code, message },
      { cause: error },
    );
  }
}
