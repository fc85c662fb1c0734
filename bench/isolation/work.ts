import { block } from '../support/block.js';
import { TASK_MS } from './cells.js';

export interface WorkData {
  /** Takes no time. */
  readonly isEmpty: boolean;
}

export function work({ isEmpty }: WorkData): void {
  block(isEmpty ? 0 : TASK_MS);
}
