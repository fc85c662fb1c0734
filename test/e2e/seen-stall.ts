import type { LoopStall } from 'nestjs-headroom';
import { expect, vi } from 'vitest';

/** Waits for a stall of which this is true. On a busy machine the loop is held up by others as well. */
export async function seenStall(stalls: readonly LoopStall[], facts: Partial<LoopStall>): Promise<LoopStall> {
  return vi.waitFor(
    () => {
      expect(stalls).toContainEqual(expect.objectContaining(facts));
      return stalls.find(({ certainty }) => certainty === facts.certainty)!;
    },
    { timeout: 10_000 },
  );
}
