import type { KnownFacts } from './known-facts.js';
import type { Verdict } from './verdict.js';

/** A process that could not be spawned, as Node tells the parent. */
export function judgeStart({ error }: KnownFacts): Verdict | undefined {
  if (error?.syscall === undefined || !error.syscall.startsWith('spawn')) return undefined;
  const evidence = [error.thrown];
  const what = `could not be started: ${error.thrown}`;
  switch (error.code) {
    case 'ENOENT':
      return { cause: 'not-found', certainty: 'proven', what, evidence };
    case 'EACCES':
    case 'EPERM':
    case 'ENOEXEC':
      return { cause: 'not-executable', certainty: 'proven', what, evidence };
    case undefined:
    default:
      return { cause: 'unknown', certainty: 'unknown', what, evidence };
  }
}
