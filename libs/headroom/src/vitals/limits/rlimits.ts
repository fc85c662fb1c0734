import type { MemoryLimit } from './memory-limits.js';
import { isLimit } from './unlimited.js';

const ROWS = [
  { source: 'rlimit-as', row: 'Max address space' },
  { source: 'rlimit-data', row: 'Max data size' },
] as const;

/**
 * The soft limits that bound memory in the text of `/proc/self/limits` (getrlimit(2)), in bytes. The address space
 * counts all that is mapped, some 0.7 to 1 GB more than is resident; data counts private writable mappings since Linux
 * 4.7, in Node what is resident and some MB.
 */
export function parseRlimits(text: string): MemoryLimit[] {
  const limits: MemoryLimit[] = [];
  for (const { source, row } of ROWS) {
    const soft = new RegExp(`^${row}\\s+(\\d+)\\s`, 'm').exec(text)?.[1];
    const bytes = Number(soft);
    if (isLimit(bytes)) {
      limits.push({ source, bytes, detail: `/proc/self/limits: ${row}` });
    }
  }
  return limits;
}
