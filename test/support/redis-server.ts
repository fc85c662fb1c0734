import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const BINARIES = ['redis-server', 'valkey-server'] as const;
export type RedisBinary = (typeof BINARIES)[number];

export interface RedisServerProcess {
  readonly port: number;
  stop(): Promise<void>;
}

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
): Promise<RedisServerProcess> {
  let failure: unknown;
  // Another process may take the free port before the server does.
  for (let attempt = 0; attempt < 5; attempt++) {
    const port = wanted ?? (await freePort());
    const shell = spawnTiedToStdin(binary, port, keepIn);
    try {
      await untilReady(shell);
      return { port, stop: () => stop(shell) };
    } catch (error) {
      failure = error;
      await stop(shell);
    }
  }
  throw new Error(`${binary} did not start`, { cause: failure });
}

/**
 * The shell holds the read end of our pipe: when this process ends, however it ends, the pipe closes, `cat`
 * returns and the server is killed.
 */
function spawnTiedToStdin(binary: RedisBinary, port: number, keepIn: string | undefined): ChildProcess {
  const script = `exec 3<&0
"$0" "$@" 3<&- &
server=$!
{ cat <&3 >/dev/null; kill "$server"; } 2>/dev/null &
exec 3<&-
wait "$server"`;
  const kept = keepIn
    ? ['--appendonly', 'yes', '--appendfsync', 'always', '--dir', keepIn]
    : ['--appendonly', 'no'];
  const options = ['--bind', '127.0.0.1', '--port', `${port}`, '--save', '', ...kept];
  return spawn('sh', ['-c', script, binary, ...options], {
    cwd: tmpdir(),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

async function untilReady(shell: ChildProcess): Promise<void> {
  let output = '';
  await new Promise<void>((resolve, reject) => {
    shell.once('error', reject);
    shell.once('exit', () => reject(new Error(`it ended while starting:\n${output}`)));
    shell.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      if (output.includes('Ready to accept connections')) resolve();
    });
  });
  shell.stdout?.removeAllListeners('data').resume();
}

async function stop(shell: ChildProcess): Promise<void> {
  shell.stdin?.end();
  if (shell.exitCode === null && shell.signalCode === null) await once(shell, 'exit');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port was given');
  return address.port;
}
