import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { freePort } from './free-port.js';

export interface TiedServer {
  readonly port: number;
  stop(): Promise<void>;
}

export interface ServerCommand {
  readonly command: string;
  /** @default a free one */
  readonly port?: number;
  readonly args: (port: number) => readonly string[];
  /** What it prints when it can be used. */
  readonly readyText: string;
  /** What ends it at once. @default 'TERM' */
  readonly endSignal?: 'TERM' | 'QUIT';
  /** Whose process it is, when not ours. */
  readonly as?: { readonly uid: number; readonly gid: number };
  /** A folder to be removed when it has ended. */
  readonly folder?: string;
}

/** Starts a server on a free port that dies with this process, also when that is killed. */
export async function startTied(server: ServerCommand): Promise<TiedServer> {
  const port = server.port ?? (await freePort());
  const shell = spawnTiedToStdin(server, port);
  try {
    await untilPrinted(shell, server.readyText);
    return { port, stop: async () => stop(shell) };
  } catch (error) {
    await stop(shell);
    throw new Error(`${server.command} did not start`, { cause: error });
  }
}

/** Another process may take the free port before the server does: then it is tried again, with another port. */
export async function retried<T>(start: () => Promise<T>, attempts = 5): Promise<T> {
  try {
    return await start();
  } catch (error) {
    if (attempts <= 1) throw error;
    return retried(start, attempts - 1);
  }
}

/**
 * The shell holds the read end of our pipe: when this process ends, however it ends, the pipe closes, `cat`
 * returns and the server is killed. Then its folder goes.
 */
function spawnTiedToStdin(server: ServerCommand, port: number): ChildProcess {
  const script = `trap '' INT HUP
exec 3<&0
"$@" 2>&1 3<&- &
server=$!
{ cat <&3 >/dev/null; kill -s "$END_SIGNAL" "$server"; } 2>/dev/null &
exec 3<&-
wait "$server"
ended=$?
[ -z "$FOLDER" ] || rm -rf "$FOLDER"
exit "$ended"`;
  return spawn('sh', ['-c', script, 'sh', server.command, ...server.args(port)], {
    cwd: tmpdir(),
    env: { ...process.env, END_SIGNAL: server.endSignal ?? 'TERM', FOLDER: server.folder ?? '' },
    stdio: ['pipe', 'pipe', 'inherit'],
    ...server.as,
  });
}

async function untilPrinted(shell: ChildProcess, text: string): Promise<void> {
  let output = '';
  await new Promise<void>((resolve, reject) => {
    shell.once('error', reject);
    shell.once('exit', () => reject(new Error(`it ended while starting:\n${output}`)));
    shell.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
      if (output.includes(text)) resolve();
    });
  });
  shell.stdout?.removeAllListeners('data').resume();
}

async function stop(shell: ChildProcess): Promise<void> {
  shell.stdin?.end();
  if (shell.exitCode === null && shell.signalCode === null) await once(shell, 'exit');
}
