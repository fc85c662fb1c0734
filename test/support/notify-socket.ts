import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { skipped } from './skip.js';

/** One message as systemd would get it. */
export interface NotifyMessage {
  /** Whose message it is, as the kernel says. */
  readonly pid: number;
  /** `READY=1`, `STATUS=serving` */
  readonly fields: readonly string[];
  /** When it was seen, milliseconds since the epoch. */
  readonly at: number;
}

/** Receives datagrams with the sender's pid; closes the pipes of barriers, as systemd does. */
const RECEIVER = `
import array, json, os, socket, struct, sys
path = sys.argv[1]
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
server.bind('\\0' + path[1:] if path[0] == '@' else path)
print('{}', flush=True)
while True:
    data, ancillary, _, _ = server.recvmsg(4096, 1024)
    pid = 0
    for _, kind, value in ancillary:
        if kind == socket.SCM_RIGHTS:
            for fd in array.array('i', value): os.close(fd)
        elif kind == socket.SCM_CREDENTIALS:
            pid = struct.unpack('3i', value)[0]
    print(json.dumps({'pid': pid, 'fields': data.decode().split('\\n')}), flush=True)
`;

/** The socket of systemd for services with Type=notify, by python3. */
export class NotifySocket {
  readonly messages: NotifyMessage[] = [];

  private constructor(
    /** For NOTIFY_SOCKET. */
    readonly path: string,
    private readonly receiver: ChildProcess,
    private readonly folder: string,
  ) {
    createInterface({ input: receiver.stdout! }).on('line', (line) => {
      const { fields = [], ...message } = JSON.parse(line) as Partial<NotifyMessage>;
      if (message.pid === undefined || fields[0] === 'BARRIER=1') return;
      this.messages.push({ pid: message.pid, fields, at: Date.now() });
    });
  }

  static async open(kind: 'path' | 'abstract'): Promise<NotifySocket> {
    const folder = mkdtempSync(join(tmpdir(), 'headroom-notify-'));
    const path = `${kind === 'abstract' ? '@' : ''}${join(folder, 'notify')}`;
    const receiver = spawn('python3', ['-c', RECEIVER, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    const socket = new NotifySocket(path, receiver, folder);
    await once(receiver.stdout, 'data');
    return socket;
  }

  /** All fields in the order in which they came. */
  get fields(): string[] {
    return this.messages.flatMap(({ fields }) => fields);
  }

  async close(): Promise<void> {
    this.receiver.kill('SIGKILL');
    await once(this.receiver, 'close');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** For specs with systemd's socket; prints the reason and returns it when they cannot run here. */
export function notifySocketOrSkip(): string | undefined {
  if (process.platform === 'linux' && has('python3') && has('systemd-notify')) return undefined;
  return skipped(
    "specs with systemd's notify socket",
    'Linux with python3 (for the socket) and systemd-notify is needed',
    'REQUIRE_SYSTEMD_NOTIFY',
  );
}

function has(command: string): boolean {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;
}
