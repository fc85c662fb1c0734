import { array, assert, nat, property } from 'fast-check';
import { describe, expect, it } from 'vitest';

import { NOWHERE, type Placed, Roster } from './roster.js';

describe('a roster', () => {
  it('holds what was added and not removed, whatever the order', () => {
    assert(
      property(array(nat(9)), (steps) => {
        const items: Placed[] = Array.from({ length: 10 }, () => ({ place: NOWHERE }));
        const roster = new Roster<Placed>();
        const expected = new Set<Placed>();
        for (const item of steps.map((step) => items[step]!)) {
          const isThere = expected.has(item);
          expect(roster.remove(item)).toBe(isThere);
          if (isThere) expected.delete(item);
          else {
            roster.add(item);
            expected.add(item);
          }
          expect(new Set(roster)).toEqual(expected);
          expect(roster.size).toBe(expected.size);
        }
      }),
    );
  });

  it('does not take what stands in another for its own', () => {
    const [here, there] = [new Roster<Placed>(), new Roster<Placed>()];
    const item = { place: NOWHERE };
    there.add(item);
    here.add({ place: NOWHERE });
    expect(here.remove(item)).toBe(false);
    expect([...there]).toEqual([item]);
  });
});
