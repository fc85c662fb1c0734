const CHILD = Symbol.for('nestjs-headroom:isolated-child');

/** Whether this process runs isolated tasks: decorators that move work into a child leave it alone there. */
export function isInsideChild(): boolean {
  return CHILD in globalThis;
}

export function markAsChild(): void {
  Object.defineProperty(globalThis, CHILD, { value: true });
}
