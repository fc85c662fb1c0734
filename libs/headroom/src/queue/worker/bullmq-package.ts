import { createRequire } from 'node:module';

type BullMq = typeof import('bullmq');
type NestBullMq = typeof import('@nestjs/bullmq');

const requirePeer = createRequire(import.meta.url);

/**
 * `@nestjs/bullmq` and `bullmq` are optional: an HTTP-only app has neither. Read with `require`, which on
 * Node >= 20.19 loads ES modules too and shares their instances, so that this stays synchronous: workers must
 * be wrapped before the first queue is registered.
 */
export const nestBullMq = optional('@nestjs/bullmq') as NestBullMq | undefined;
export const bullMq = optional('bullmq') as BullMq | undefined;

function optional(name: string): unknown {
  try {
    return requirePeer(name);
  } catch (error) {
    // Something else missing, inside of it, is a broken installation and not an absent peer.
    if (error instanceof Error && error.message.startsWith(`Cannot find module '${name}'`)) return undefined;
    throw error;
  }
}
