import { parentPort, workerData } from 'node:worker_threads';
import {
  createRedisCommandExecutor,
  RedisServerState,
  resolveCompatibilityProfile,
  Resp2Server,
} from 'js-redis-server/core';

const { password }: { password: string } = workerData;
const compatibility = resolveCompatibilityProfile('redis-7.2');

const { server } = new Resp2Server({
  server: new RedisServerState({ databaseCount: 16, compatibility, requirepass: password }),
  executor: createRedisCommandExecutor({ compatibility }),
});

// NOTE: Resp2Server.listen() takes a port only and binds all interfaces, hence the socket below it.
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
  if (typeof address === 'object') parentPort?.postMessage(address?.port);
});
