import { describe, expect, it } from 'vitest';

import { notifySettings } from './notify-settings.js';

const SOCKET = { NOTIFY_SOCKET: '/run/systemd/notify' };

describe('notifySettings', () => {
  it('are none where systemd does not ask, and in a process that another Node process forked', () => {
    expect(notifySettings({}, 7, false)).toBeUndefined();
    expect(notifySettings({ NOTIFY_SOCKET: '' }, 7, false)).toBeUndefined();
    expect(notifySettings({ NOTIFY_SOCKET: 'vsock:2:1' }, 7, false)).toBeUndefined();
    expect(notifySettings(SOCKET, 7, true)).toBeUndefined();
  });

  it('take a path and an abstract socket', () => {
    expect(notifySettings(SOCKET, 7, false)).toEqual({ watchdogMs: undefined, isMain: true });
    expect(notifySettings({ NOTIFY_SOCKET: '@notify' }, 7, false)).toBeDefined();
  });

  it.each([
    [{ WATCHDOG_USEC: '30000000' }, 15_000],
    [{ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '7' }, 15_000],
    [{ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '8' }, undefined],
    [{ WATCHDOG_USEC: '2000' }, 10],
    [{ WATCHDOG_USEC: '0' }, undefined],
    [{ WATCHDOG_USEC: 'soon' }, undefined],
  ])('with %o beat every %s ms', (environment, watchdogMs) => {
    expect(notifySettings({ ...SOCKET, ...environment }, 7, false)?.watchdogMs).toBe(watchdogMs);
  });

  it('know whether this is the process of the unit', () => {
    expect(notifySettings({ ...SOCKET, SYSTEMD_EXEC_PID: '7' }, 7, false)?.isMain).toBe(true);
    expect(notifySettings({ ...SOCKET, SYSTEMD_EXEC_PID: '1' }, 7, false)?.isMain).toBe(false);
  });
});
