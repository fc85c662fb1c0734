/** Who asks for memory. Requests go before jobs: people wait for them. */
export type Lane = 'request' | 'job';

/** What one kind of work (a route, a job name) is known to take. One object per kind, for ever: keep it. */
export interface WorkCost {
  readonly lane: Lane;
  /** `GET /bundles/:id`, `reports:build`. */
  readonly key: string;
  /**
   * Known to be light, or opted out: neither reserved for nor watched. A plain field: all that calm work reads.
   * It can turn false again.
   */
  readonly isFree: boolean;
  /** Starts while free; add one per start. */
  freeStarts: number;
}
