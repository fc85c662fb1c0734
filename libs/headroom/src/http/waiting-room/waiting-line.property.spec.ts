import { array, assert, constantFrom, nat, property, record } from 'fast-check';
import { expect, it } from 'vitest';

import { PRIORITIES, type RequestPriority } from '../../admission/index.js';
import { WaitingLine } from './waiting-line.js';

const MOST = 5;
const MOST_MS = 100;

interface Guest {
  readonly arrival: number;
  readonly priority: RequestPriority;
}

const step = record({
  act: constantFrom('join', 'join', 'leave', 'expire'),
  priority: constantFrom(...PRIORITIES),
  passedMs: nat(60),
  index: nat(MOST),
});

function isBefore(a: Guest, b: Guest): boolean {
  const [first, second] = [PRIORITIES.indexOf(a.priority), PRIORITIES.indexOf(b.priority)];
  return first < second || (first === second && a.arrival < b.arrival);
}

it('loses nobody, is never too long, and keeps the order, whoever comes and goes', () => {
  assert(
    property(array(step, { maxLength: 200 }), (steps) => {
      const line = new WaitingLine<Guest>(MOST, MOST_MS);
      const inside = new Set<Guest>();
      let [now, arrival] = [0, 0];
      /** Who goes must have been inside, and once. */
      const goes = (guest: Guest) => {
        if (!inside.delete(guest)) throw new Error(`guest ${guest.arrival} was not inside`);
      };
      for (const { act, priority, passedMs, index } of steps) {
        now += passedMs;
        if (act === 'join') {
          const guest = { arrival: arrival++, priority };
          const joined = line.join(guest, priority, now);
          if (joined !== 'full') inside.add(guest);
          if (joined !== 'full' && joined.evicted) goes(joined.evicted);
        } else if (act === 'leave') {
          const guest = line.inOrder()[index];
          if (guest && line.leave(guest)) goes(guest);
        } else {
          for (const guest of line.takeExpired(now)) goes(guest);
        }
        const mayStayUntil = act === 'expire' ? now : -1;
        expect(line.nextExpiry ?? Infinity).toBeGreaterThan(mayStayUntil);
        const order = line.inOrder();
        expect(new Set(order)).toEqual(inside);
        expect(line.size).toBe(inside.size);
        expect(line.size).toBeLessThanOrEqual(MOST);
        expect(order.every((guest, at) => at === 0 || isBefore(order[at - 1]!, guest))).toBe(true);
      }
    }),
  );
});
