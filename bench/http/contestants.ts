/** `bare-again` is bare Nest once more: how far it is from bare Nest is the noise of the machine. */
const ON_EXPRESS = ['bare', 'bare-again', 'headroom', 'overload-protection'] as const;
const ON_FASTIFY = ['bare', 'bare-again', 'headroom', 'under-pressure'] as const;

export type Platform = 'express' | 'fastify';
export type Contestant = (typeof ON_EXPRESS)[number] | (typeof ON_FASTIFY)[number];

export const CONTESTANTS_ON: Readonly<Record<Platform, readonly Contestant[]>> = {
  express: ON_EXPRESS,
  fastify: ON_FASTIFY,
};
