const MAX_REMEMBERED = 1000;

/** A set that forgets the oldest. */
export class RecentIds {
  private readonly ids = new Set<string>();

  has(id: string): boolean {
    return this.ids.has(id);
  }

  add(id: string): void {
    this.ids.add(id);
    if (this.ids.size <= MAX_REMEMBERED) return;
    const [oldest] = this.ids;
    this.ids.delete(oldest!);
  }

  delete(id: string): void {
    if (this.ids.size > 0) this.ids.delete(id);
  }
}
