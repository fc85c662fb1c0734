import type { ByteSize } from '../units/index.js';
import { MIN_LIMIT_BYTES } from './bounds.js';
import type { OptionReader } from './option-reader.js';

/**
 * When the process ends itself, before the kernel does: it drains, closes the app and exits with `exitCode`. Whoever
 * started it has to start it again: Kubernetes and PM2 do; systemd with `Restart=on-failure` or `always`
 * (`SuccessExitStatus=75` and `RestartForceExitStatus=75` keep it out of the failures), Docker with
 * `restart: unless-stopped`. Needs `app.enableShutdownHooks()` for the app's own hooks to run.
 *
 * @publicApi
 */
export interface RecycleOptions {
  /**
   * Resident memory above which the process is replaced when it stays there for `graceMs`: bytes, a text such as
   * `'400mb'`, or a share of the limit in force, above 0 and up to 1. For a share of a cgroup's limit pages of files do not
   * count, as they do not for the kernel.
   *
   * @default none; 0.9 under Kubernetes and PM2, which are known to restart
   */
  maxRss?: ByteSize;
  /**
   * Milliseconds that RSS must stay above `maxRss`.
   *
   * @default 60000
   * Minimum: `0`, maximum: `3600000`.
   */
  graceMs?: number;
  /**
   * Jobs after which the process is replaced.
   *
   * @default none
   * Minimum: `1`.
   */
  maxJobs?: number;
  /**
   * Milliseconds after which the process is replaced.
   *
   * @default none
   * Minimum: `60000`.
   */
  maxUptimeMs?: number;
  /**
   * The most that is taken off each limit by chance, as a share, so that a fleet does not restart together.
   *
   * @default 0.1
   * Minimum: `0`, maximum: `0.5`.
   */
  jitter?: number;
  /**
   * Milliseconds for which a process runs at least, whatever its limits say. The default is the time after which
   * Kubernetes forgets earlier restarts (`CrashLoopBackOff`).
   *
   * @default 600000
   * Minimum: `0`.
   */
  minUptimeMs?: number;
  /**
   * Milliseconds between two recycles of this app's processes on this machine. They keep a file each time in the
   * folder for temporary files.
   *
   * @default 60000
   * Minimum: `0`, maximum: `86400000`.
   */
  minIntervalMs?: number;
  /**
   * The exit code. The default is EX_TEMPFAIL of sysexits.h: a failure for supervisors that restart on failure only.
   *
   * @default 75
   * Minimum: `0`, maximum: `125`.
   */
  exitCode?: number;
}

export interface ResolvedRecycleOptions {
  readonly maxRss: { readonly bytes?: number; readonly share?: number } | undefined;
  readonly graceMs: number;
  readonly maxJobs: number | undefined;
  readonly maxUptimeMs: number | undefined;
  readonly jitter: number;
  readonly minUptimeMs: number;
  readonly minIntervalMs: number;
  readonly exitCode: number;
}

export function readRecycleOptions(read: OptionReader): ResolvedRecycleOptions | false {
  const isOff = read.switchedOff('recycle');
  const limits = {
    maxRss: read.bytesOrShare('recycle.maxRss', MIN_LIMIT_BYTES),
    graceMs: read.number('recycle.graceMs', { min: 0, max: 3_600_000 }, 60_000),
    maxJobs: read.optionalInteger('recycle.maxJobs', { min: 1 }),
    maxUptimeMs: read.optionalInteger('recycle.maxUptimeMs', { min: 60_000 }),
    jitter: read.number('recycle.jitter', { min: 0, max: 0.5 }, 0.1),
    minUptimeMs: read.number('recycle.minUptimeMs', { min: 0 }, 600_000),
    minIntervalMs: read.number('recycle.minIntervalMs', { min: 0, max: 86_400_000 }, 60_000),
    exitCode: read.integer('recycle.exitCode', { min: 0, max: 125 }, 75),
  };
  return isOff ? false : limits;
}
