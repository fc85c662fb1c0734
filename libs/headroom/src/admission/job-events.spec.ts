import { describe, expect, it, vi } from 'vitest';

import { fakeTimeAndLog } from './fixtures/fake-time.js';
import { setUp } from './fixtures/job-admission.js';

fakeTimeAndLog();

describe('events', () => {
  it('tell what was done with each job that did not start at once', async () => {
    const { admission, ledger, worker, pressure, start, hold, events, watchEvents } = setUp({ room: 100 });
    watchEvents();
    const build = ledger.cost('reports:build', 60);
    const running = start(build)!;
    void hold({ cost: build }).admitted;
    hold({ cost: build }).giveBack();
    await vi.advanceTimersByTimeAsync(100);
    admission.ended(worker, running);
    pressure.sample('critical');
    void hold({ maxHoldMs: 1000 }).admitted;
    await vi.advanceTimersByTimeAsync(1100);
    expect(
      events.map(({ kind, work, reason, waitedMs }) => [kind, work, reason, Math.round(waitedMs / 50)]),
    ).toEqual([
      ['held', 'reports:build', 'no-room', 0],
      ['held', 'reports:build', 'no-room', 0],
      ['given-back', 'reports:build', 'no-room', 0],
      ['started', 'reports:build', 'no-room', 2],
      ['held', 'reports:ping', 'pressure', 0],
      ['put-off', 'reports:ping', 'pressure', 20],
    ]);
    expect(events.every(({ queue }) => queue === 'reports')).toBe(true);
  });
});
