import { formatMb, toMb } from '../../units/index.js';
import type { Lane } from '../work-cost.js';
import type { CostBook } from './cost-book.js';
import type { RoomFacts, Shares } from './judge-room.js';
import type { CostState } from './learned-cost.js';
import type { RoomMakerCounters } from './room-maker.js';

/**
 * What one kind of work is known to take. Bytes.
 *
 * @publicApi
 */
export interface KindReport {
  readonly lane: Lane;
  /** `GET /bundles/:id` of a request, `reports:build` of a job; `*` for those beyond the thousandth. */
  readonly key: string;
  readonly state: CostState;
  /** What `@MemoryCost()` tells, and what is set aside for each unit then. */
  readonly declaredBytes?: number;
  /** The largest that was seen of one unit, decayed: heap, and all together. */
  readonly seen: { readonly heapBytes: number; readonly totalBytes: number };
  /** Units whose memory was watched. */
  readonly observed: number;
  readonly inFlight: number;
}

/**
 * What the ledger knows and has set aside. Bytes.
 *
 * @publicApi
 */
export interface LedgerReport {
  readonly limitBytes: number;
  readonly usedBytes: number;
  /** What is used by everything but the units in flight. */
  readonly floorBytes: number;
  /** Set aside for the units in flight. */
  readonly reservedBytes: number;
  /** What each lane may fill. */
  readonly budgetBytes: Readonly<Record<Lane, number>>;
  /** Collections that made room, and milliseconds that they took, since start. */
  readonly collections: number;
  readonly collectedMs: number;
  /** The heaviest first. */
  readonly kinds: readonly KindReport[];
}

export function reportOf(
  book: CostBook,
  { reading, floor, claimed }: RoomFacts,
  shares: Readonly<Record<Lane, Shares>>,
  made: RoomMakerCounters,
): LedgerReport {
  const kinds = [...book].map(({ lane, key, state, declaredBytes, seen, observed, inFlight }) => ({
    lane,
    key,
    state,
    ...(declaredBytes !== undefined && { declaredBytes }),
    seen,
    observed,
    inFlight,
  }));
  return {
    limitBytes: reading.limitBytes,
    usedBytes: reading.usedBytes,
    floorBytes: floor.totalBytes,
    reservedBytes: claimed.totalBytes,
    budgetBytes: {
      request: reading.limitBytes * shares.request.memory,
      job: reading.limitBytes * shares.job.memory,
    },
    ...made,
    kinds: kinds.toSorted((a, b) => b.seen.totalBytes - a.seen.totalBytes),
  };
}

/** `memory ledger: used 210/384MB, floor 110MB, reserved 120MB`, then `  heavy job reports:build 61MB (heap 60MB), 12 seen, 2 in flight`. */
export function describeLedger(report: LedgerReport): string[] {
  const light = report.kinds.filter(({ state }) => state === 'light').length;
  const told = report.kinds.filter(({ state }) => state !== 'light');
  return [
    `memory ledger: used ${toMb(report.usedBytes)}/${formatMb(report.limitBytes)}, floor ${formatMb(report.floorBytes)}, ` +
      `reserved ${formatMb(report.reservedBytes)}; ${light} light ${light === 1 ? 'kind' : 'kinds'} of work`,
    ...told.map(
      ({ lane, key, state, declaredBytes, seen, observed, inFlight }) =>
        `  ${state} ${lane} ${key} ${formatMb(seen.totalBytes)} (heap ${formatMb(seen.heapBytes)})` +
        `${declaredBytes === undefined ? '' : ` of ${formatMb(declaredBytes)} declared`}, ` +
        `${observed} seen, ${inFlight} in flight`,
    ),
  ];
}
