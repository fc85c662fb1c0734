import { MB } from '../limit.js';
import type { MemoryKind } from './setup.js';

/** Memory that is in use until `use()` has been called. */
export interface HeldMemory {
  use(): number;
}

/** Measured on Node 20: an object of four fields and its place in the array take about 80 bytes of heap. */
const ROWS_PER_MB = 13_050;

interface Row {
  readonly id: number;
  readonly symbol: number;
  readonly price: number;
  readonly volume: number;
}

export function hold(kind: MemoryKind, megabytes: number): HeldMemory {
  switch (kind) {
    case 'buffers':
      return holdBuffers(1, megabytes * MB);
    case 'chunks':
      return holdBuffers(megabytes, MB);
    case 'objects':
      return holdObjects(megabytes);
    default:
      return kind satisfies never;
  }
}

/** Every byte is written: memory that nobody writes to takes no place. */
function holdBuffers(count: number, bytes: number): HeldMemory {
  const buffers = Array.from({ length: count }, () => Buffer.alloc(bytes, 1));
  return { use: () => buffers.reduce((sum, buffer) => sum + buffer.length, 0) };
}

function holdObjects(megabytes: number): HeldMemory {
  const rows: Row[] = [];
  for (let id = 0; id < megabytes * ROWS_PER_MB; id++) {
    rows.push({ id, symbol: id & 1023, price: id / 7, volume: id * 3 });
  }
  return { use: () => rows.length };
}
