import type { AppSetup, Platform, Protection } from '../app/setup.js';

/** `fixed-n`: n requests at once, the others wait in line, set by hand. */
const FIXED = ['fixed-2', 'fixed-3', 'fixed-4', 'fixed-5', 'fixed-6', 'fixed-8', 'fixed-10'] as const;
const FIXED_QUICK = ['fixed-3', 'fixed-4'] as const;

/** Both with the interval that they have by default; `-fast` looks ten times as often. */
const OTHERS: Readonly<Record<Platform, Readonly<Record<string, Protection>>>> = {
  express: { 'overload-protection': { by: 'overload-protection' } },
  fastify: {
    'under-pressure': { by: 'under-pressure', sampleInterval: 1000 },
    'under-pressure-fast': { by: 'under-pressure', sampleInterval: 100 },
  },
};

export function contestants(platform: Platform, isQuick: boolean): readonly string[] {
  return ['bare', ...(isQuick ? FIXED_QUICK : FIXED), ...Object.keys(OTHERS[platform]), 'headroom'];
}

export function setupOf(platform: Platform, contestant: string): AppSetup {
  const limit = Number(/^fixed-(\d+)$/.exec(contestant)?.[1]);
  const protection: Protection | undefined = limit
    ? { by: 'in-flight limit', limit }
    : OTHERS[platform][contestant];
  return { platform, hasHeadroom: contestant === 'headroom', protection };
}
