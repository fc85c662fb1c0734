import type { AppSetup, JobsSetup } from '../app/setup.js';

/** `fixed-j+r`: j jobs and r requests at once, set by hand. */
const FIXED = ['fixed-1+2', 'fixed-1+3', 'fixed-1+4', 'fixed-2+2', 'fixed-2+3'] as const;
const FIXED_QUICK = ['fixed-1+3'] as const;
const CONCURRENCY = 10;

/** The same requests without any jobs. */
export const WITHOUT_JOBS = 'headroom-no-jobs';

export function contestants(isQuick: boolean): readonly string[] {
  return ['bare', ...(isQuick ? FIXED_QUICK : FIXED), WITHOUT_JOBS, 'headroom'];
}

export function setupOf(contestant: string, jobs: Omit<JobsSetup, 'concurrency'>): AppSetup {
  const platform = 'express';
  const fixed = /^fixed-(\d+)\+(\d+)$/.exec(contestant);
  if (fixed) {
    const [concurrency, limit] = [Number(fixed[1]), Number(fixed[2])];
    return {
      platform,
      hasHeadroom: false,
      jobs: { ...jobs, concurrency },
      protection: { by: 'in-flight limit', limit },
    };
  }
  if (contestant === WITHOUT_JOBS) return { platform, hasHeadroom: true };
  return { platform, hasHeadroom: contestant === 'headroom', jobs: { ...jobs, concurrency: CONCURRENCY } };
}
