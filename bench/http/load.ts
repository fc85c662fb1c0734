import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';

import { CPU, pin } from '../support/pin.js';

const AUTOCANNON = createRequire(import.meta.url).resolve('autocannon/autocannon.js');

interface AutocannonReport {
  readonly requests: { readonly total: number };
  readonly duration: number;
  readonly latency: { readonly p99: number };
  readonly '2xx': number;
  readonly errors: number;
}

export interface Load {
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly p99: number;
}

/** Fifty connections that ask again as soon as they are answered, from a process of their own. */
export async function load(url: string, seconds: number): Promise<Load> {
  const args = [AUTOCANNON, '--json', '--connections', '50', '--duration', `${seconds}`, url];
  const asking = promisify(execFile)(process.execPath, args);
  pin(asking.child.pid, CPU.load);
  const { stdout } = await asking;
  const report = JSON.parse(stdout) as AutocannonReport;
  const requests = report.requests.total;
  if (report['2xx'] !== requests || report.errors > 0)
    throw new Error(`${url}: not every request was answered 200`);
  return { requests, requestsPerSecond: requests / report.duration, p99: report.latency.p99 };
}
