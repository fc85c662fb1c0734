/** A Redis in JavaScript on a free port of 127.0.0.1; posts that port once it listens. */
import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import {
  RedisServerState,
  Resp2Server,
  createRedisCommandExecutor,
  resolveCompatibilityProfile,
} from 'js-redis-server/core';

const compatibility = resolveCompatibilityProfile('redis-7.2');
const redis = new Resp2Server({
  server: new RedisServerState({ databaseCount: 16, compatibility, requirepass: workerData.password }),
  executor: createRedisCommandExecutor({ compatibility }),
});
// NOTE: Resp2Server.listen() takes a port only and binds every interface, so its socket is opened here.
redis.server.listen(0, '127.0.0.1');
await once(redis.server, 'listening');
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
parentPort.postMessage(redis.getPort());
