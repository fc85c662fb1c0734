import { expect, it } from 'vitest';

import { mostProtected, NO_ROUTE, type RoutePolicy } from './route-policy.js';

const critical: RoutePolicy = { ...NO_ROUTE, key: 'critical', priority: 'critical' };
const normal: RoutePolicy = { ...NO_ROUTE, key: 'normal' };
const sheddable: RoutePolicy = { ...NO_ROUTE, key: 'sheddable', priority: 'sheddable' };
const skipped: RoutePolicy = { ...sheddable, key: 'skipped', isSkipped: true };

it('is what is worth most of all that it may be', () => {
  expect(mostProtected([sheddable, normal, critical, normal])).toBe(critical);
  expect(mostProtected([sheddable, normal])).toBe(normal);
  expect(mostProtected([critical, skipped, normal])).toBe(skipped);
  expect(mostProtected([sheddable])).toBe(sheddable);
});

it('is normal where nothing is known', () => {
  expect(mostProtected([])).toBe(NO_ROUTE);
  expect(NO_ROUTE.priority).toBe('normal');
});
