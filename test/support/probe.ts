import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

export interface ProbeOptions {
  /** Milliseconds between two requests; they are sent at this rate whether or not answers come. @default 20 */
  readonly intervalMs?: number;
  /** Milliseconds after which a request without an answer is a failure. @default 10000 */
  readonly timeoutMs?: number;
}

/** Latencies in milliseconds. A request that is still open when the probe stops counts with its age. */
export interface ProbeReport {
  readonly sent: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** Requests without an answer, and answers of 500 and above. */
  readonly failures: number;
  /** How many answers came with which status; requests without an answer stand under `0`. */
  readonly statuses: Readonly<Record<number, number>>;
}

export interface Probe {
  /** What was seen since the start, or since the last call: one figure per phase of a spec. */
  report(): Promise<ProbeReport>;
  stop(): Promise<ProbeReport>;
}

/**
 * Asks `url` at a fixed rate from a process of its own, over connections that are kept alive, so that a
 * blocked event loop in this process is measured and not shared. Resolves after the first answer. Each request tells in
 * its header `x-sent-at` when it was sent, in milliseconds since 1970 with fractions.
 */
export async function startProbe(url: string, options: ProbeOptions = {}): Promise<Probe> {
  const { intervalMs = 20, timeoutMs = 10_000 } = options;
  const script = new URL('./probe-process.mjs', import.meta.url);
  const child = fork(script, [url, `${intervalMs}`, `${timeoutMs}`], { execArgv: [] });
  await message(child);
  const ask = (request: 'report' | 'stop'): Promise<ProbeReport> => {
    child.send(request);
    return message(child);
  };
  return {
    report: () => ask('report'),
    stop: async () => {
      const last = await ask('stop');
      await once(child, 'exit');
      return last;
    },
  };
}

async function message(child: ChildProcess): Promise<ProbeReport> {
  return new Promise((resolve, reject) => {
    const exited = (): void => reject(new Error('the probe process ended: its output above tells why'));
    child.once('exit', exited);
    child.once('message', (report: ProbeReport) => {
      child.off('exit', exited);
      resolve(report);
    });
  });
}
