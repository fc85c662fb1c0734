import { SetMetadata } from '@nestjs/common';

import { PRIORITIES, type RequestPriority } from '../../admission/index.js';

export const SHED_PRIORITY = 'resilience:shed-priority';

/**
 * On a controller or a route: in which order requests are refused when memory runs short, and in which order they
 * are let in when they wait for it. What is on the route goes before what is on its controller; routes without it
 * are `normal`.
 *
 * @example
 * ```ts
 * @ShedPriority('critical') @Post('payments') pay() {}
 * @ShedPriority('sheddable') @Get('recommendations') recommend() {}
 * ```
 * @throws {TypeError} when decorating, for any other word
 * @publicApi
 */
export function ShedPriority(priority: RequestPriority): ClassDecorator & MethodDecorator {
  if (!PRIORITIES.includes(priority)) {
    throw new TypeError(
      `@ShedPriority(): received ${JSON.stringify(priority)}; allowed: ${PRIORITIES.map((each) => `'${each}'`).join(', ')}`,
    );
  }
  return SetMetadata(SHED_PRIORITY, priority);
}
