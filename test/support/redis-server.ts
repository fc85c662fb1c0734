import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { retried, startTied, type TiedServer } from './tied-process.js';

const BINARIES = ['redis-server', 'valkey-server'] as const;
export type RedisBinary = (typeof BINARIES)[number];

export function findRedisBinary(): RedisBinary | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return BINARIES.find((binary) => folders.some((folder) => existsSync(join(folder, binary))));
}

export interface RedisServerOptions {
  /** @default a free one */
  readonly port?: number;
  /** A folder in which every write is kept. @default nothing is kept */
  readonly keepIn?: string;
}

/** A server that dies with this process, also when that is killed. */
export async function startRedisServer(
  binary: RedisBinary,
  { port: wanted, keepIn }: RedisServerOptions = {},
): Promise<TiedServer> {
  const kept = keepIn
    ? ['--appendonly', 'yes', '--appendfsync', 'always', '--dir', keepIn]
    : ['--appendonly', 'no'];
  return retried(async () =>
    startTied({
      command: binary,
      args: (port) => ['--bind', '127.0.0.1', '--port', `${port}`, '--save', '', ...kept],
      readyText: 'Ready to accept connections',
      ...(wanted && { port: wanted }),
    }),
  );
}
