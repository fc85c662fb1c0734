import { createPostgresBackend, Queue } from 'bullmq';

import { postgresOrSkip, startPostgres } from '../support/postgres.js';
import { startRedis } from '../support/redis.js';
import type { AppSetup } from './worker-app.js';

/** Where queues can be kept. */
export interface Backend {
  readonly name: 'Redis' | 'PostgreSQL';
  /** Why it cannot be had here. */
  readonly skip: string | undefined;
  start(): Promise<BackendServer>;
}

export interface BackendServer {
  /** A place without any queue. */
  newPlace(): Promise<QueuePlace>;
  stop(): Promise<void>;
}

export interface QueuePlace {
  /** What an app is to be told, to have its queues here. */
  readonly setup: Pick<AppSetup, 'redisUrl' | 'postgresUrl' | 'prefix'>;
  queue(name: string): Queue;
}

const onRedis: Backend = {
  name: 'Redis',
  skip: undefined,
  start: async () => {
    const redis = await startRedis();
    const { url } = redis;
    let places = 0;
    const newPlace = async (): Promise<QueuePlace> => {
      const prefix = `test-${process.pid}-${++places}`;
      return {
        setup: { redisUrl: url, prefix },
        queue: (name) => new Queue(name, { connection: { url }, prefix }),
      };
    };
    return { newPlace, stop: async () => redis.stop() };
  },
};

/** BullMQ has no prefix on PostgreSQL: a place is a database. */
const onPostgres: Backend = {
  name: 'PostgreSQL',
  skip: postgresOrSkip(),
  start: async () => {
    const postgres = await startPostgres();
    const newPlace = async (): Promise<QueuePlace> => {
      const connectionString = await postgres.newDatabase();
      const connection = { connectionString };
      return {
        setup: { postgresUrl: connectionString },
        // NOTE: BullMQ's types keep the backends apart; what the specs call is the same on both.
        queue: (name) => new Queue(name, { connection }, createPostgresBackend) as unknown as Queue,
      };
    };
    return { newPlace, stop: async () => postgres.stop() };
  },
};

export const BACKENDS: readonly Backend[] = [onRedis, onPostgres];
