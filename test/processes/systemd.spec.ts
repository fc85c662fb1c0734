import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';

import { NotifySocket, notifySocketOrSkip } from '../support/notify-socket.js';
import { ProbeApp, type ProbeAppSetup } from './probe-app.js';

const running = new Set<ProbeApp>();

function spawn(setup: ProbeAppSetup, environment: Record<string, string>): ProbeApp {
  const app = new ProbeApp(setup, environment, true);
  running.add(app);
  return app;
}

async function killAll(): Promise<void> {
  for (const { app } of running) {
    app.kill('SIGKILL');
    await app.end();
  }
  running.clear();
}

describe.skipIf(notifySocketOrSkip())('systemd', () => {
  let socket: NotifySocket;
  afterEach(async () => {
    await killAll();
    await socket.close();
  });

  it.each(['path', 'abstract'] as const)(
    'hears that the app is ready when it is warm, and that it stops: %s',
    async (kind) => {
      socket = await NotifySocket.open(kind);
      const { app } = spawn({ warmUpMs: 300 }, { NOTIFY_SOCKET: socket.path });
      await expect.poll(() => socket.fields, { timeout: 15_000 }).toContain('READY=1');
      const warming = socket.messages.find(({ fields }) => fields.includes('STATUS=warming up'));
      const ready = socket.messages.find(({ fields }) => fields.includes('READY=1'));
      expect(warming).toBeDefined();
      expect(ready!.at - warming!.at).toBeGreaterThan(100);
      expect(ready!.fields).toContain('STATUS=serving');
      expect(socket.fields.filter((field) => field === 'READY=1')).toHaveLength(1);
      // In the name of the process, which takes root: systemd heeds no other by default.
      expect(process.getuid?.() !== 0 || ready!.pid === app.child.pid).toBe(true);

      // As systemd does it: every process of the unit gets the signal.
      const group = -app.child.pid!;
      process.kill(group, 'SIGTERM');
      expect(await app.end()).toEqual([null, 'SIGTERM']);
      expect(() => process.kill(group, 0)).toThrow('ESRCH');
      await expect.poll(() => socket.fields).toContain('STOPPING=1');
      expect(socket.fields.filter((field) => field.startsWith('WATCHDOG'))).toEqual([]);
    },
  );

  it('hears the watchdog while the event loop turns, and not when it hangs', async () => {
    socket = await NotifySocket.open('path');
    const environment = { NOTIFY_SOCKET: socket.path, WATCHDOG_USEC: '400000' };
    const { app } = spawn({ blockMs: 2500 }, environment);
    const turns = () => socket.messages.filter(({ fields }) => fields.includes('WATCHDOG=1'));
    await app.see('ready');
    await expect.poll(() => turns().length, { timeout: 15_000 }).toBeGreaterThan(4);
    app.kill('SIGUSR2');
    await app.see('blocking');
    // What was on its way when the block began.
    await wait(700);
    const before = turns().length;
    await wait(1000);
    expect(app.find('blocked')).toEqual([]);
    expect(turns()).toHaveLength(before);
    await app.see('blocked');
    await expect.poll(() => turns().length, { timeout: 15_000 }).toBeGreaterThan(before + 1);
  });
});

describe('a unit without the program systemd-notify', () => {
  afterEach(killAll);

  it('gets one line of advice, and its app runs and ends as ever', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'headroom-path-'));
    const environment = { NOTIFY_SOCKET: join(folder, 'notify'), WATCHDOG_USEC: '100000', PATH: folder };
    const { app } = spawn({}, environment);
    await app.see('ready');
    await app.seeLine(
      /^error telling systemd failed; .*there is no program systemd-notify here\. Install it/,
    );
    await wait(300);
    expect(app.lines(/telling systemd failed/)).toHaveLength(1);
    app.kill('SIGHUP');
    expect(await app.end()).toEqual([0, null]);
    rmSync(folder, { recursive: true });
  });

  it('that was switched off is not told, and gets no line', async () => {
    const { app } = spawn(
      { resilience: { systemd: false } },
      { NOTIFY_SOCKET: '/run/notify', PATH: '/nowhere' },
    );
    await app.see('ready');
    await wait(300);
    expect(app.lines(/systemd/)).toEqual([]);
  });
});

describe('a warm-up that fails', () => {
  afterEach(killAll);

  it('ends the process in good order where it is told to', async () => {
    const warmUp = { tasks: ['/nowhere'], onFailure: 'exit' } as const;
    const { app } = spawn({ resilience: { warmUp } }, {});
    expect(await app.end()).toEqual([1, null]);
    expect(app.lines(/warm-up failed: GET \/nowhere: answered 404; .*the app closes, exit 1/)).toHaveLength(
      1,
    );
  });
});
