import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type Observable, Subject } from 'rxjs';

import type { RequestPriority } from './request-priority.js';

/** A request, as far as it is counted. */
interface CountedRequest {
  /** `GET /bundles/:id`. */
  readonly key: string;
  readonly priority: RequestPriority;
}

/**
 * Why a request was not served.
 *
 * - `pressure`: shed by its priority before its body was read
 * - `no-room`: its memory was not free, and waiting is switched off
 * - `wait-timeout`: its memory was not free within `http.maxWaitMs`
 * - `queue-full`: `http.maxWaiting` others were waiting, or one of a higher priority took its place
 * - `exceeds-budget`: it declares a cost that can never fit
 * - `shutting-down`: the app closed while it waited
 * - `aborted`: the client went away while it waited; the only one without a 503
 *
 * @publicApi
 */
export type ShedReason =
  'pressure' | 'no-room' | 'wait-timeout' | 'queue-full' | 'exceeds-budget' | 'shutting-down' | 'aborted';

const REASONS: readonly ShedReason[] = [
  'pressure',
  'no-room',
  'wait-timeout',
  'queue-full',
  'exceeds-budget',
  'shutting-down',
  'aborted',
];

/**
 * What was done with requests since start; in `observe` mode what would have been done. A snapshot.
 *
 * @publicApi
 */
export interface RequestCounters {
  /** Let in with memory set aside. Those of routes that are known to be light need none and are not counted. */
  readonly admitted: number;
  /** Had to wait for memory. */
  readonly held: number;
  /** Wait for memory now. */
  readonly waiting: number;
  /** Milliseconds waited, of all whose wait is over, however it ended. */
  readonly waitedMs: number;
  /** Not served, by reason and priority. */
  readonly shed: Readonly<Record<ShedReason, Readonly<Record<RequestPriority, number>>>>;
}

/**
 * One thing that was done with one request; in `observe` mode what would have been done.
 *
 * @publicApi
 */
export interface RequestEvent {
  readonly kind: 'admitted' | 'held' | 'shed';
  /** `GET /bundles/:id`, or `(no route)`. */
  readonly route: string;
  readonly priority: RequestPriority;
  /** Of `shed` only. */
  readonly reason?: ShedReason;
  /** Milliseconds waited so far. */
  readonly waitedMs: number;
}

/**
 * Counts what the memory budget does with requests.
 *
 * @publicApi
 */
@Injectable()
export class RequestMonitor implements OnApplicationShutdown {
  private readonly subject = new Subject<RequestEvent>();
  private readonly shedCounts = Object.fromEntries(
    REASONS.map((reason) => [reason, { critical: 0, normal: 0, sheddable: 0 }]),
  ) as Record<ShedReason, Record<RequestPriority, number>>;
  private admittedCount = 0;
  private heldCount = 0;
  private waitingNow = 0;
  private waitedTotalMs = 0;

  /** Each of these as it happens. Completes when the app closes. */
  readonly events: Observable<RequestEvent> = this.subject.asObservable();

  get counters(): RequestCounters {
    const shed = Object.fromEntries(
      REASONS.map((reason) => [reason, Object.freeze({ ...this.shedCounts[reason] })]),
    ) as RequestCounters['shed'];
    return Object.freeze({
      admitted: this.admittedCount,
      held: this.heldCount,
      waiting: this.waitingNow,
      waitedMs: Math.round(this.waitedTotalMs),
      shed: Object.freeze(shed),
    });
  }

  /** Requests answered with 503 since start; in `observe` mode those that would have been. */
  get refused(): number {
    let count = 0;
    for (const reason of REASONS) {
      if (reason === 'aborted') continue;
      const { critical, normal, sheddable } = this.shedCounts[reason];
      count += critical + normal + sheddable;
    }
    return count;
  }

  onApplicationShutdown(): void {
    this.subject.complete();
  }

  /** @internal */
  admitted(request: CountedRequest, waitedMs: number): void {
    this.admittedCount++;
    this.waitedTotalMs += waitedMs;
    this.tell('admitted', request, waitedMs);
  }

  /** @internal @returns how many were held since start */
  held(request: CountedRequest): number {
    this.heldCount++;
    this.tell('held', request, 0);
    return this.heldCount;
  }

  /** @internal */
  shed(request: CountedRequest, reason: ShedReason, waitedMs = 0): void {
    this.shedCounts[reason][request.priority]++;
    this.waitedTotalMs += waitedMs;
    this.tell('shed', request, waitedMs, reason);
  }

  /** @internal */
  lineIs(length: number): void {
    this.waitingNow = length;
  }

  private tell(
    kind: RequestEvent['kind'],
    { key, priority }: CountedRequest,
    waitedMs: number,
    reason?: ShedReason,
  ): void {
    if (!this.subject.observed) return;
    const event = { kind, route: key, priority, waitedMs: Math.round(waitedMs), ...(reason && { reason }) };
    this.subject.next(Object.freeze(event));
  }
}
