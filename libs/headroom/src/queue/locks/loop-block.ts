import { labelOf, type LoopStall } from '../../vitals/index.js';

/** A time that the event loop did not turn, for longer than a lock lasts. */
export interface LoopBlock {
  /** When it was noticed, milliseconds since the epoch. */
  readonly at: number;
  readonly loopDelayMs: number;
  /** What blocked it, when there is one that fits. */
  readonly by: string | undefined;
}

/** `the event loop was blocked for 3000ms by work:spin#2` */
export function describeBlock({ loopDelayMs, by }: LoopBlock): string {
  return `the event loop was blocked for ${Math.round(loopDelayMs)}ms${by ? ` by ${by}` : ''}`;
}

/** `work:spin#2` of a job, `request=GET /bundles/:id` of others; nobody where it is not known which of several. */
export function blockerOf({ certainty, by: [first] }: LoopStall): string | undefined {
  if (!first || (certainty !== 'certain' && certainty !== 'likely')) return undefined;
  const label = first.kind === 'job' ? first.name : labelOf(first);
  return certainty === 'certain' ? label : `${label}, it seems`;
}
