import { SingleFlightTimeoutError } from '../../errors/index.js';
import type { TurnGate } from '../turn-gate.js';
import { processTurnGate } from '../yield.js';
import { ErrorReport } from './error-report.js';
import { Flight, type FlightOwner, type Outcome } from './flight.js';
import { judgeFreshness, type KeepingRule } from './freshness.js';
import { type Kept, KeptValues } from './kept-values.js';
import {
  readSingleFlightOptions,
  type ResolvedSingleFlightOptions,
  type SingleFlightOptions,
} from './single-flight.options.js';

const REFRESH_AGAIN_MS = 1000;
const NO_COUNTS = { hits: 0, joined: 0, stale: 0, fallbacks: 0, loads: 0, failures: 0, abandoned: 0 };

/** @publicApi */
export interface SingleFlightCounters {
  /** Calls that got a fresh value that was kept. */
  readonly hits: number;
  /** Calls that waited for a computation which another had started. */
  readonly joined: number;
  /** Calls that got a stale value, while a new one was computed behind. */
  readonly stale: number;
  /** Calls that got the fallback at their deadline. */
  readonly fallbacks: number;
  /** Computations that were started. */
  readonly loads: number;
  /** Computations that have failed; not those that were abandoned. */
  readonly failures: number;
  /** Computations whose callers have all aborted. */
  readonly abandoned: number;
}

/**
 * Computes what many ask for once, and lets all of them have it: one computation in flight per key, whose callers resume
 * one per turn of the event loop, so that what each of them does next does not run back to back. The first resumes at once,
 * each of the next when less than `turnGate.sliceMs` (default 10 ms) of the turn are used up, else in a later turn; a
 * rejection reaches them in the same way.
 *
 * It can also keep values for a while, serve an old one while a new one is computed, and serve something else when the
 * computation takes too long: see {@link SingleFlightOptions}. Ages are measured on a clock that never jumps.
 *
 * States of a key: *empty*, or *kept* (fresh, stale, or the last good value), each with or without a computation in
 * flight. A computation that is invalidated is cut off: its callers get its value, and nobody else does.
 *
 * @example
 * ```ts
 * private readonly bundles = new SingleFlight<string, string>({ ttlMs: 60_000, staleWhileRevalidateMs: 600_000 });
 *
 * read(name: string, signal?: AbortSignal): Promise<string> {
 *   return this.bundles.run(name, (loading) => this.build(name, loading), { signal });
 * }
 * ```
 * @publicApi
 */
export class SingleFlight<K, V> {
  private readonly options: ResolvedSingleFlightOptions<K, V>;
  private readonly rule: KeepingRule;
  private readonly kept: KeptValues<K, V>;
  private readonly flights = new Map<K, Flight<V>>();
  private readonly errors: ErrorReport<K>;
  private readonly counts = { ...NO_COUNTS };

  /** @throws {InvalidOptionsError} naming each wrong option, what was received and what is allowed */
  constructor(
    options: SingleFlightOptions<K, V> = {},
    private readonly gate: TurnGate = processTurnGate,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.options = readSingleFlightOptions(options);
    const { ttlMs, staleMs, fallback } = this.options;
    this.rule = { ttlMs, staleMs, keepsLastGood: fallback === 'last-good' };
    this.kept = new KeptValues(this.options.maxEntries);
    this.errors = new ErrorReport(this.options.onError);
  }

  /** How many values are kept, those included that are out of date and were not asked for since. */
  get size(): number {
    return this.kept.size;
  }

  /** Since it was made; frozen. */
  get counters(): SingleFlightCounters {
    return Object.freeze({ ...this.counts });
  }

  /**
   * The value of a key: kept, in flight, or from the loader, which is called at most once at a time for a key.
   *
   * @param loader what it throws rejects the callers. Its signal is aborted when all callers have aborted, unless the
   *   computation goes on behind: then nobody cuts it short
   * @param options `signal`: aborting it rejects this call, at once and with its reason, and no other
   */
  run(
    key: K,
    loader: (signal: AbortSignal) => V | PromiseLike<V>,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<V> {
    // NOTE: no async function. A hit returns a promise that is there already.
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- whatever the caller aborts with
    if (signal?.aborted) return Promise.reject(signal.reason);
    const kept = this.kept.take(key);
    if (kept) {
      const freshness = judgeFreshness(this.now() - kept.sinceMs, this.rule);
      if (freshness === 'fresh') {
        this.counts.hits++;
        return kept.promise;
      }
      if (freshness === 'stale') {
        this.counts.stale++;
        this.refresh(key, kept, loader);
        return kept.promise;
      }
      if (freshness === 'gone') this.kept.delete(key);
    }
    const running = this.flights.get(key);
    if (running) this.counts.joined++;
    const flight = running ?? this.launch(key, false);
    const answer = this.waitFor(flight, key, signal);
    if (!running) flight.start(loader);
    return answer;
  }

  /** Forgets the value of a key. What is in flight for it is for those who wait already: the next call starts anew. */
  invalidate(key: K): void {
    this.kept.delete(key);
    this.flights.delete(key);
  }

  /** Forgets all values, as {@link invalidate} does: for example when memory is short. */
  clear(): void {
    this.kept.clear();
    this.flights.clear();
  }

  private refresh(key: K, kept: Kept<V>, loader: (signal: AbortSignal) => V | PromiseLike<V>): void {
    const nowMs = this.now();
    if (nowMs < kept.refreshAtMs || this.flights.has(key)) return;
    kept.refreshAtMs = nowMs + REFRESH_AGAIN_MS;
    // In a later turn: the loader may begin with work that would hold up who gets the stale value.
    this.launch(key, true).start(loader, this.gate.nextTurn());
  }

  private launch(key: K, isBehind: boolean): Flight<V> {
    this.counts.loads++;
    const owner: FlightOwner<V> = {
      landed: (landed, outcome, isTold) => this.landed(key, landed, outcome, isTold),
      abandoned: (abandoned) => {
        this.counts.abandoned++;
        this.leaves(key, abandoned);
      },
    };
    const flight = new Flight<V>(this.gate, owner, isBehind);
    this.flights.set(key, flight);
    return flight;
  }

  private waitFor(flight: Flight<V>, key: K, signal: AbortSignal | undefined): Promise<V> {
    const { deadlineMs } = this.options;
    return flight.wait({ signal, deadlineMs, atDeadline: () => this.fallbackFor(key) });
  }

  private landed(key: K, flight: Flight<V>, outcome: Outcome<V>, isTold: boolean): void {
    const isWanted = this.leaves(key, flight);
    if (!outcome.isGood) {
      this.counts.failures++;
      if (!isTold) this.errors.failed(outcome.error, key);
      return;
    }
    this.errors.succeeded();
    if (isWanted && judgeFreshness(0, this.rule) !== 'gone') this.kept.set(key, outcome.value, this.now());
  }

  /** Whether it was the one in flight for its key: it may have been cut off by an invalidation. */
  private leaves(key: K, flight: Flight<V>): boolean {
    return this.flights.get(key) === flight && this.flights.delete(key);
  }

  private fallbackFor(key: K): V {
    const { fallback, deadlineMs = 0 } = this.options;
    const last = fallback === 'last-good' ? this.kept.take(key) : undefined;
    const source = fallback === 'last-good' ? last : fallback;
    if (source === undefined) throw new SingleFlightTimeoutError(key, deadlineMs);
    this.counts.fallbacks++;
    return typeof source === 'function' ? source(key) : source.value;
  }
}
