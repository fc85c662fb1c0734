import { expect, it } from 'vitest';

import type { RequestPriority } from '../../admission/index.js';
import { ShedPriority } from './shed-priority.decorator.js';

it('refuses other words when decorating', () => {
  expect(() => ShedPriority('low' as RequestPriority)).toThrow(
    new TypeError(`@ShedPriority(): received "low"; allowed: 'critical', 'normal', 'sheddable'`),
  );
});
