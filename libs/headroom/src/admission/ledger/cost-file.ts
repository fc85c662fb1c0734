import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import type { KeptCost } from './cost-book.js';

const VERSION = 1;
const MAX_BYTES = 1024 ** 4;

/**
 * What was learned, kept in a small JSON file. It is replaced whole (written beside and renamed), so a process
 * that dies while writing leaves the old one.
 */
export class CostFile {
  private written = '';

  constructor(readonly path: string) {}

  /**
   * The costs of an earlier run; none when there is no file.
   *
   * @throws when it cannot be read or is not what {@link write} has written
   */
  read(): KeptCost[] {
    const text = this.readText();
    if (text === undefined) return [];
    const content = JSON.parse(text) as { version?: unknown; costs?: unknown } | null;
    if (content?.version !== VERSION || !Array.isArray(content.costs) || !content.costs.every(isKeptCost)) {
      throw new Error('not a file of learned costs');
    }
    this.written = text;
    return content.costs;
  }

  /** Does nothing when nothing has changed. @throws when it cannot be written */
  write(costs: readonly KeptCost[]): void {
    const text = `${JSON.stringify({ version: VERSION, costs }, undefined, 1)}\n`;
    if (text === this.written) return;
    mkdirSync(dirname(this.path), { recursive: true });
    // NOTE: a name of its own per process: several may share the file, and the last one wins whole.
    const beside = `${this.path}.${process.pid}.tmp`;
    try {
      writeFileSync(beside, text);
      renameSync(beside, this.path);
    } catch (error) {
      rmSync(beside, { force: true });
      throw error;
    }
    this.written = text;
  }

  private readText(): string | undefined {
    try {
      return readFileSync(this.path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }
}

function isKeptCost(value: unknown): value is KeptCost {
  if (typeof value !== 'object' || value === null) return false;
  const { lane, key, state, heapBytes, outsideBytes, observed } = value as Record<string, unknown>;
  return (
    (lane === 'request' || lane === 'job') &&
    typeof key === 'string' &&
    (state === 'light' || state === 'heavy') &&
    [heapBytes, outsideBytes, observed].every(isAmount)
  );
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= MAX_BYTES;
}
