import { StartupError } from './errors.js';

/** What a process does: answer requests, work on the queues, or both. */
export interface Role {
  readonly isApi: boolean;
  readonly isWorker: boolean;
}

const ROLES: ReadonlyMap<string, Role> = new Map([
  ['api', { isApi: true, isWorker: false }],
  ['worker', { isApi: false, isWorker: true }],
  ['both', { isApi: true, isWorker: true }],
]);

export function roleFrom(text = 'both'): Role {
  const role = ROLES.get(text);
  if (role) return role;
  throw new StartupError(`ROLE must be one of ${[...ROLES.keys()].join(', ')}, got "${text}".`);
}
