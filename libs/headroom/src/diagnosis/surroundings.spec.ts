import { expect, it } from 'vitest';

import { detectSurroundings, type Surroundings } from './surroundings.js';

const CGROUP = '/proc/self/cgroup';

it.each<[string, NodeJS.ProcessEnv, Record<string, string>, Surroundings]>([
  ['nothing', {}, {}, { kind: 'bare' }],
  [
    'a shell',
    { INVOCATION_ID: 'of the session' },
    { [CGROUP]: '0::/user.slice/user-1000.slice/user@1000.service/app.slice/a.scope\n' },
    { kind: 'bare' },
  ],
  [
    'a unit',
    {},
    { [CGROUP]: '0::/system.slice/reports.service\n' },
    { kind: 'systemd', name: 'reports.service' },
  ],
  [
    'a group of a unit',
    {},
    { [CGROUP]: '0::/system.slice/reports.service/main\n' },
    { kind: 'systemd', name: 'reports.service' },
  ],
  [
    'a unit of v1',
    {},
    { [CGROUP]: '4:memory:/system.slice/a.service\n1:name=systemd:/system.slice/a.service\n' },
    { kind: 'systemd', name: 'a.service' },
  ],
  ['a unit without /proc', { INVOCATION_ID: 'abc' }, {}, { kind: 'systemd' }],
  [
    'PM2',
    { pm_id: '0', name: 'api' },
    { [CGROUP]: '0::/system.slice/pm2-root.service\n' },
    { kind: 'pm2', name: 'api' },
  ],
  ['PM2 in Docker', { pm_id: '0', name: 'api' }, { '/.dockerenv': '' }, { kind: 'docker' }],
  ['Podman', {}, { '/run/.containerenv': '' }, { kind: 'docker' }],
  ['Docker with cgroup v1', {}, { [CGROUP]: '4:memory:/docker/0123abc\n' }, { kind: 'docker' }],
  [
    'a pod',
    { KUBERNETES_SERVICE_HOST: '10.0.0.1', HOSTNAME: 'api-1' },
    { '/.dockerenv': '' },
    { kind: 'kubernetes', name: 'api-1' },
  ],
  [
    'a pod without service links',
    {},
    { '/proc/1/cgroup': '0::/kubepods.slice/pod1\n' },
    { kind: 'kubernetes' },
  ],
])('%s', (_name, environment, files, expected) => {
  expect(detectSurroundings(environment, (path) => files[path])).toEqual(expected);
});

it('finds something here too', () => {
  expect(detectSurroundings().kind).toMatch(/^(?:kubernetes|docker|systemd|pm2|bare)$/);
});
