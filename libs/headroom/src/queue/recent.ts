const MAX_REMEMBERED = 1000;

/** What is known of jobs, by their ids. The oldest is forgotten. */
export class Recent<Value> {
  private readonly values = new Map<string, Value>();

  has(id: string): boolean {
    return this.values.has(id);
  }

  get(id: string): Value | undefined {
    return this.values.get(id);
  }

  set(id: string, value: Value): void {
    this.values.delete(id);
    this.values.set(id, value);
    if (this.values.size <= MAX_REMEMBERED) return;
    const [oldest] = this.values.keys();
    this.values.delete(oldest!);
  }

  delete(id: string): void {
    if (this.values.size > 0) this.values.delete(id);
  }
}
