import type { QueueOptions } from 'bullmq';
import type { RedisServer } from './redis-server.js';

/** What all queues of the app share. Finished jobs and events are kept in bounded numbers. */
export function queueOptions(server: RedisServer): QueueOptions {
  return {
    connection: { url: server.url, maxRetriesPerRequest: null },
    prefix: 'market-data',
    streams: { events: { maxLen: server.embedded ? 100 : 10_000 } },
    defaultJobOptions: { removeOnComplete: { count: 200 }, removeOnFail: { count: 200 } },
  };
}
