/**
 * By the clock, so that the job's length is the same however busy the machine is. It is read seldom: each reading is
 * garbage, some megabytes in 20 ms, which V8 likes to collect between two turns of the loop. There it would count
 * against those who let the loop turn, and within the job against nobody.
 */
export function block(ms: number): void {
  if (ms === 0) return;
  const end = performance.now() + ms;
  while (performance.now() < end) count();
}

let counted = 0;

function count(): void {
  for (let i = 0; i < 10_000; i++) counted = (counted + i) % 1_000_003;
}
