import { expect, it } from 'vitest';

import { findRivalsOfHealth } from './boot-report-rivals.js';

class Ours {}
class HealthController {}

const isOurs = (controller: object) => controller === Ours;
const route = (controller: new () => object, path: string, method = 'GET') => ({
  controller,
  method,
  paths: [path],
});

it('finds a controller at a path of the extra health, once', () => {
  const routes = [
    route(Ours, '/health'),
    route(Ours, '/health/live'),
    route(HealthController, '/health'),
    route(HealthController, '/health/live'),
  ];
  const [sentence, ...others] = findRivalsOfHealth(routes, isOurs);
  expect(sentence).toMatch(/^GET \/health is served by HealthController and by the extra health/);
  expect(others).toEqual([]);
});

it('finds none at other paths, with other methods, and without the extra', () => {
  expect(findRivalsOfHealth([route(Ours, '/health'), route(HealthController, '/healthy')], isOurs)).toEqual(
    [],
  );
  const posted = route(HealthController, '/health', 'POST');
  expect(findRivalsOfHealth([route(Ours, '/health'), posted], isOurs)).toEqual([]);
  expect(findRivalsOfHealth([route(HealthController, '/health')], isOurs)).toEqual([]);
});
