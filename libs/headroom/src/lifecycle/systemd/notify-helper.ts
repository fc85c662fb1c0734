import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';

const CLOSE_WITHIN_MS = 1000;

/**
 * One line is one message: the state or `-`, and after a blank the status if there is one. systemd signals every process of a
 * unit that stops; this one is to send what is left, and ends with its parent's end of the pipe.
 */
const SCRIPT = `trap '' TERM INT HUP QUIT
while IFS=' ' read -r state status; do
  [ "$state" != - ] || state=
  systemd-notify \${1:+"--pid=$1"} \${state:+"$state"} \${status:+"STATUS=$status"}
  code=$?
  case $code in
    0) ;;
    127) echo "there is no program systemd-notify here"; exit ;;
    *) echo "systemd-notify ended with code $code" ;;
  esac
done`;

/**
 * A shell beside this process that runs `systemd-notify`. Node cannot write to datagram sockets, and starting the program
 * from here would block the loop for 2 ms in a process of 80 MB, and 40 ms in one of 2 GB: the shell is small, and it
 * is started once. A message costs one write to a pipe.
 */
export class NotifyHelper {
  private child: ChildProcess | undefined;

  /**
   * @param pid in whose name messages are sent; it takes root. `undefined` is the shell's own
   * @param fail is called with what went wrong, in words
   */
  constructor(
    private readonly pid: number | undefined,
    private readonly fail: (what: string) => void,
  ) {}

  start(): void {
    const child = spawn('/bin/sh', ['-c', SCRIPT, 'headroom-notify', ...(this.pid ? [`${this.pid}`] : [])], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.child = child;
    child.once('error', (error) => this.fail(error.message));
    child.once('exit', () => (this.child = undefined));
    // A write after its end.
    child.stdin.on('error', () => undefined);
    let said = '';
    for (const output of [child.stdout, child.stderr]) {
      output.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-1000)));
    }
    child.stdout.on('data', () => this.fail(said.trim().replaceAll('\n', '; ')));
    child.unref();
    for (const stream of child.stdio) if (stream && 'unref' in stream) (stream as { unref(): void }).unref();
  }

  send({ state = '-', status = '' }: { readonly state?: string; readonly status?: string }): void {
    this.child?.stdin?.write(`${state} ${status.replaceAll(/\s+/g, ' ')}\n`);
  }

  /** Lets it send what is left, for a second. */
  async close(): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.stdin?.end();
    const giveUp = new AbortController();
    await Promise.race([
      ended,
      wait(CLOSE_WITHIN_MS, undefined, { signal: giveUp.signal }).catch(() => undefined),
    ]);
    giveUp.abort();
    child.kill('SIGKILL');
  }
}
