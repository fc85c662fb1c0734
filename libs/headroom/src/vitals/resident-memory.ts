import type { KeptFile, SystemFiles } from './limits/index.js';

const STATM = '/proc/self/statm';
const PAGE_SIZES: readonly number[] = [4096, 16_384, 65_536];

/**
 * The resident set of this process, and its address space. From `/proc/self/statm` through a descriptor that is kept (0.7 microseconds; measured,
 * Node 20), elsewhere from Node (2.5, and some ten when the caches are cold: it opens `/proc/self/stat` each time).
 */
export class ResidentMemory {
  private readonly statm: KeptFile;
  private pageBytes: number | undefined;

  constructor(
    files: SystemFiles,
    private readonly askNode: () => number = () => process.memoryUsage.rss(),
  ) {
    this.statm = files.keep(STATM);
  }

  /** @throws where the file tells nothing and Node cannot: the process has no descriptor left */
  bytes(): number {
    const pages = this.pages();
    if (!pages) return this.askNode();
    this.pageBytes ??= this.findPageBytes(pages);
    return this.pageBytes === 0 ? this.askNode() : pages * this.pageBytes;
  }

  /** All that is mapped, resident or not; `undefined` where the file does not tell. */
  addressSpaceBytes(): number | undefined {
    const resident = this.pages();
    if (!resident) return undefined;
    this.pageBytes ??= this.findPageBytes(resident);
    return Number.parseInt(this.statm.read() ?? '', 10) * this.pageBytes || undefined;
  }

  /** Node is asked from now on. */
  close(): void {
    this.statm.close();
  }

  /** `size resident shared text lib data dt`, in pages. */
  private pages(): number {
    if (this.pageBytes === 0) return 0;
    const text = this.statm.read() ?? '';
    const start = text.indexOf(' ') + 1;
    return Number(text.slice(start, text.indexOf(' ', start)));
  }

  /** Node does not tell the size of a page; 0 when it cannot be told. */
  private findPageBytes(pages: number): number {
    const bytes = this.askNode() / pages;
    return PAGE_SIZES.find((size) => bytes > size * 0.7 && bytes < size * 1.4) ?? 0;
  }
}
