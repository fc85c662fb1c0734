import { describe, expect, it } from 'vitest';

import { type RequestEvent, RequestMonitor } from './request-monitor.service.js';

const EXPORTS = { key: 'GET /exports', priority: 'sheddable' } as const;
const NO_ROUTE = { key: '(no route)', priority: 'normal' } as const;

describe('RequestMonitor', () => {
  it('counts by reason and priority', () => {
    const monitor = new RequestMonitor();
    monitor.held(EXPORTS);
    monitor.admitted(EXPORTS, 20.4);
    monitor.shed(EXPORTS, 'wait-timeout', 1000);
    monitor.shed(EXPORTS, 'aborted', 10);
    monitor.shed(NO_ROUTE, 'pressure');
    monitor.lineIs(3);
    const { counters } = monitor;
    expect(counters).toMatchObject({ admitted: 1, held: 1, waiting: 3, waitedMs: 1030 });
    expect(counters.shed['wait-timeout']).toEqual({ critical: 0, normal: 0, sheddable: 1 });
    expect(counters.shed.pressure).toEqual({ critical: 0, normal: 1, sheddable: 0 });
    expect(counters.shed['queue-full']).toEqual({ critical: 0, normal: 0, sheddable: 0 });
  });

  it('counts as refused who got a 503: not who has gone', () => {
    const monitor = new RequestMonitor();
    monitor.shed(EXPORTS, 'no-room');
    monitor.shed(NO_ROUTE, 'pressure');
    monitor.shed(EXPORTS, 'aborted');
    expect(monitor.refused).toBe(2);
  });

  it('gives snapshots that nobody can change', () => {
    const monitor = new RequestMonitor();
    const before = monitor.counters;
    monitor.shed(NO_ROUTE, 'pressure');
    expect(before.shed.pressure.normal).toBe(0);
    expect(
      Object.isFrozen(before) && Object.isFrozen(before.shed) && Object.isFrozen(before.shed.pressure),
    ).toBe(true);
  });

  it('tells each of these to who listens, and completes at shutdown', () => {
    const monitor = new RequestMonitor();
    monitor.held(EXPORTS);
    const events: (RequestEvent | 'complete')[] = [];
    monitor.events.subscribe({
      next: (event) => events.push(event),
      complete: () => events.push('complete'),
    });
    monitor.admitted(EXPORTS, 20);
    monitor.shed(NO_ROUTE, 'pressure');
    monitor.onApplicationShutdown();
    expect(events).toEqual([
      { kind: 'admitted', route: 'GET /exports', priority: 'sheddable', waitedMs: 20 },
      { kind: 'shed', route: '(no route)', priority: 'normal', reason: 'pressure', waitedMs: 0 },
      'complete',
    ]);
  });
});
