import { expect, it } from 'vitest';

import { isRestarted } from './surroundings.js';

it.each<[NodeJS.ProcessEnv, boolean]>([
  [{}, false],
  [{ pm_id: '0' }, true],
  [{ pm_id: '0', autorestart: 'true' }, true],
  [{ pm_id: '0', autorestart: 'false' }, false],
  [{ KUBERNETES_SERVICE_HOST: '10.0.0.1' }, true],
  [{ INVOCATION_ID: 'abc' }, false],
])('under %o restarts: %s', (env, expected) => {
  expect(isRestarted(env)).toBe(expected);
});
