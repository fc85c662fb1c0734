const US_PER_MS = 1000;

/** CPU time that this process used, all threads, since the reading before the last one. */
export class RecentCpu {
  private last = 0;
  private beforeLast = 0;

  /** Milliseconds. */
  read(): number {
    const { user, system } = process.cpuUsage();
    const now = (user + system) / US_PER_MS;
    const used = now - this.beforeLast;
    this.beforeLast = this.last;
    this.last = now;
    return used;
  }
}
