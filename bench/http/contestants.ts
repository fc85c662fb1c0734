/**
 * `bare-again` is bare Nest once more: how far it is from bare Nest is the noise of the machine. `empty-guard` is bare
 * Nest with a global guard, and a middleware or hook, that do nothing: what Nest and the platform take for having them.
 * `headroom-no-preset` leaves the prototypes to Express: what Headroom takes, without what it gives.
 */
const ON_EXPRESS = [
  'bare',
  'bare-again',
  'empty-guard',
  'headroom',
  'headroom-no-preset',
  'overload-protection',
] as const;
const ON_FASTIFY = ['bare', 'bare-again', 'empty-guard', 'headroom', 'under-pressure'] as const;

export type Platform = 'express' | 'fastify';
export type Contestant = (typeof ON_EXPRESS)[number] | (typeof ON_FASTIFY)[number];

export const CONTESTANTS_ON: Readonly<Record<Platform, readonly Contestant[]>> = {
  express: ON_EXPRESS,
  fastify: ON_FASTIFY,
};
