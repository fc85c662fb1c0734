import { expect, it } from 'vitest';

import { withoutSecrets } from './secrets.js';

it.each<[string, NodeJS.ProcessEnv, string]>([
  ['token abcd1234 refused', { API_TOKEN: 'abcd1234' }, 'token *** refused'],
  ['key abcd1234 refused', { STRIPE_KEY: 'abcd1234' }, 'key *** refused'],
  ['in /srv/app', { PWD: '/srv/app', OLDPWD: '/srv' }, 'in /srv/app'],
  ['on host db1', { DB_HOST: 'db1', NODE_ENV: 'production' }, 'on host db1'],
  ['after 3600 ms, true', { TOKEN_TTL: '3600', AUTH: 'true' }, 'after 3600 ms, true'],
  ['a is wrong', { DB_PASSWORD: 'a', SECRET: '' }, 'a is wrong'],
  ['abcd1234-long and abcd1234', { A_SECRET: 'abcd1234', B_SECRET: 'abcd1234-long' }, '*** and ***'],
  ['said "with \\"quotes\\" in"', { SECRET: 'with "quotes" in' }, 'said "***"'],
  [
    'line MIIEvQIBADANBgkqhk read',
    { PRIVATE_KEY: '-----BEGIN\nMIIEvQIBADANBgkqhk\n-----END' },
    'line *** read',
  ],
  ['redis://app:pa@ss@db:6379/0 is away', {}, 'redis://app:***@db:6379/0 is away'],
  ['redis://:hunter22@db is away', {}, 'redis://:***@db is away'],
  ['refused: hunter22', { DATABASE_URL: 'postgres://app:hunter22@db/app' }, 'refused: ***'],
  ['refused: p@ssword', { DATABASE_URL: 'postgres://app:p%40ssword@db/app' }, 'refused: ***'],
  ['at http://localhost:3000/a@b', {}, 'at http://localhost:3000/a@b'],
  ['Authorization: Bearer eyJhbGciOi.J9', {}, 'Authorization: Bearer ***'],
  ['GET /a?token=abc&page=2', {}, 'GET /a?token=***&page=2'],
])('%s', (text, environment, expected) => {
  expect(withoutSecrets(text, environment)).toBe(expected);
});

it('is quick on texts that look like a URL all over', () => {
  const since = performance.now();
  withoutSecrets('a.'.repeat(32_000), {});
  withoutSecrets('http://'.repeat(9000), {});
  expect(performance.now() - since).toBeLessThan(1000);
});
