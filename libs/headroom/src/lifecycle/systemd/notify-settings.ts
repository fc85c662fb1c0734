const US_PER_MS = 1000;
const MIN_PERIOD_MS = 10;

/** What systemd asks of this process. */
export interface NotifySettings {
  /** Milliseconds between two signs of life, half of what systemd waits for; `undefined` when it asks for none. */
  readonly watchdogMs: number | undefined;
  /** Whether this is the process that systemd started, and not one that npm or a script started for it. */
  readonly isMain: boolean;
}

/**
 * @param pid of this process
 * @param hasParent whether another Node process forked it: that one speaks for the unit
 * @returns `undefined` when systemd asks for nothing
 */
export function notifySettings(
  environment: NodeJS.ProcessEnv,
  pid: number,
  hasParent: boolean,
): NotifySettings | undefined {
  const { NOTIFY_SOCKET: socket = '', SYSTEMD_EXEC_PID: mainPid } = environment;
  if (hasParent || !/^[/@]./.test(socket)) return undefined;
  return {
    watchdogMs: watchdogMs(environment, pid),
    // Unknown before systemd 248.
    isMain: mainPid === undefined || mainPid === String(pid),
  };
}

function watchdogMs({ WATCHDOG_USEC, WATCHDOG_PID }: NodeJS.ProcessEnv, pid: number): number | undefined {
  if (WATCHDOG_PID !== undefined && WATCHDOG_PID !== String(pid)) return undefined;
  const us = Number(WATCHDOG_USEC);
  return us > 0 && Number.isFinite(us) ? Math.max(MIN_PERIOD_MS, us / US_PER_MS / 2) : undefined;
}
