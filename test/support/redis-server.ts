import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { retried, startTied, type TiedServer } from './tied-process.js';

const BINARIES = ['redis-server', 'valkey-server'] as const;
export type RedisBinary = (typeof BINARIES)[number];

export function findRedisBinary(): RedisBinary | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return BINARIES.find((binary) => folders.some((folder) => existsSync(join(folder, binary))));
}

/** A server that keeps nothing on disk and that dies with this process, also when that is killed. */
export async function startRedisServer(binary: RedisBinary): Promise<TiedServer> {
  return retried(async () =>
    startTied({
      command: binary,
      args: (port) => ['--bind', '127.0.0.1', '--port', `${port}`, '--save', '', '--appendonly', 'no'],
      readyText: 'Ready to accept connections',
    }),
  );
}
