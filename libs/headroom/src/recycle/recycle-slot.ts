import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * One recycle at a time on this machine: the processes of one app share a folder, in which each span of time has one
 * file, and whoever creates it may go.
 */
export class RecycleSlot {
  constructor(
    private readonly intervalMs: number,
    private readonly folder = defaultFolder(),
  ) {}

  /**
   * @param now milliseconds since the epoch
   * @returns whether this process may go now
   * @throws when the folder cannot be used
   */
  take(now: number): boolean {
    if (this.intervalMs === 0) return true;
    mkdirSync(this.folder, { recursive: true });
    const span = Math.floor(now / this.intervalMs);
    const previous = this.takenAt(span - 1);
    if (previous !== undefined && now - previous < this.intervalMs) return false;
    try {
      writeFileSync(this.fileOf(span), `${process.pid}\n`, { flag: 'wx' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
    this.removeOlder(span - 1);
    return true;
  }

  private takenAt(span: number): number | undefined {
    return statSync(this.fileOf(span), { throwIfNoEntry: false })?.mtimeMs;
  }

  private removeOlder(span: number): void {
    for (const name of readdirSync(this.folder)) {
      if (Number(name) >= span) continue;
      try {
        unlinkSync(join(this.folder, name));
      } catch {
        // Another process was quicker.
      }
    }
  }

  private fileOf(span: number): string {
    return join(this.folder, `${span}`);
  }
}

/** The same for all processes that run the same script in the same folder as the same user. */
function defaultFolder(): string {
  const app = `${process.getuid?.() ?? ''}:${process.cwd()}:${process.argv[1] ?? ''}`;
  return join(tmpdir(), `headroom-recycle-${createHash('sha256').update(app).digest('hex').slice(0, 16)}`);
}
