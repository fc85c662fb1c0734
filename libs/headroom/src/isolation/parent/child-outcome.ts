import type { ExitFacts } from '../../diagnosis/index.js';

/** How a task in a child ended. */
export type ChildOutcome =
  | { readonly kind: 'done'; readonly result: unknown }
  | { readonly kind: 'threw'; readonly error: Error }
  /** The process is gone, or was ended by us. */
  | { readonly kind: 'died'; readonly facts: ExitFacts }
  /** The process was gone before the task began: it may be given to another. */
  | { readonly kind: 'not-started'; readonly facts: ExitFacts };
