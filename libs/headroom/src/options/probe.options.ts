import type { OptionReader } from './option-reader.js';

/**
 * A small HTTP server in a thread of its own, for the probes of Kubernetes and of load balancers: it answers within
 * milliseconds while the event loop is blocked.
 *
 * - `GET /live`: 200, and 503 when the event loop has been blocked for longer than `maxBlockMs`
 * - `GET /ready`: the verdict that the main thread last published, with its age: 200, or 503 while the app starts, warms
 *   up or drains, while pressure is critical, and while `/live` is 503
 *
 * It starts before any `onModuleInit()` of the app and ends after its last `onApplicationShutdown()`. Measured on Node
 * 20: 7 MB of memory, and 0.4 % of a CPU for both threads together while nobody asks.
 *
 * @publicApi
 */
export interface ProbeOptions {
  /**
   * Port of the probes, apart from the app's; `0` is any free one, told in the log. A port that is taken fails the
   * start. Processes that share a machine or a container need one each.
   *
   * Minimum: `0`, maximum: `65535`.
   */
  port: number;
  /**
   * Address to listen on. The kubelet asks the pod's own address, so the default is all of them, IPv6 and IPv4.
   *
   * @default all addresses
   */
  host?: string;
  /**
   * Milliseconds that the event loop may be blocked before `/live` answers 503. Time in which the whole process was
   * stopped, or the machine slept, does not count. More than the longest work that is normal here.
   *
   * @default 10000
   * Minimum: `100`, maximum: `3600000`.
   */
  maxBlockMs?: number;
  /**
   * Whether a CPU profile of 300 ms is taken of the main thread while it is blocked for more than half a second, at most
   * every 10 s; its stack is logged when the block ends. The main thread is never paused, but the profiler slows it down
   * while it runs. Blocks inside native calls (`execSync()`) show no stack.
   *
   * @default false
   */
  captureProfile?: boolean;
}

export interface ResolvedProbeOptions {
  readonly port: number;
  readonly host: string | undefined;
  readonly maxBlockMs: number;
  readonly captureProfile: boolean;
}

export function readProbeOptions(read: OptionReader): ResolvedProbeOptions | false {
  const isOn = read.hasSection('probe');
  const port = read.optionalInteger('probe.port', { min: 0, max: 65_535 });
  if (isOn && port === undefined) read.reject('probe.port', port, 'a whole number from 0 to 65535');
  const options = {
    port: port ?? 0,
    host: read.text('probe.host', "an address of this machine, for example '0.0.0.0' or '::'"),
    maxBlockMs: read.number('probe.maxBlockMs', { min: 100, max: 3_600_000 }, 10_000),
    captureProfile: read.oneOf('probe.captureProfile', [true, false], false),
  };
  return isOn ? options : false;
}
