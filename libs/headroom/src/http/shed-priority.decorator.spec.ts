import { expect, it } from 'vitest';

import { type RequestPriority, ShedPriority } from './shed-priority.decorator.js';

it('refuses other words when decorating', () => {
  expect(() => ShedPriority('low' as RequestPriority)).toThrow(
    new TypeError(`@ShedPriority(): received "low"; allowed: 'critical', 'normal', 'sheddable'`),
  );
});
