import { afterEach, describe, expect, it } from 'vitest';

import { LoopBoard, loopNames } from '../../vitals/index.js';
import { ProbeThread } from './probe-thread.js';

describe('ProbeThread', () => {
  let board: LoopBoard;
  let thread: ProbeThread;
  let url: string;
  const start = async (maxBlockMs: number) => {
    const options = { port: 0, host: '127.0.0.1', maxBlockMs, captureProfile: false };
    board = new LoopBoard();
    thread = new ProbeThread(options, 25, board, [undefined, 'too early'], {
      died: () => undefined,
      blockEnded: () => undefined,
    });
    url = `http://127.0.0.1:${(await thread.start()).port}`;
  };
  afterEach(async () => thread.close());

  const ask = async (path: string) => (await fetch(url + path)).json() as Promise<Record<string, unknown>>;

  it('reads readiness off the board', async () => {
    await start(60_000);
    expect(await ask('/ready')).toMatchObject({ status: 'up' });
    board.setReadiness(1);
    expect(await ask('/ready')).toMatchObject({ status: 'down', reason: 'too early' });
  });

  it('takes a board without beats for blocked, and names what is on the stack', async () => {
    await start(100);
    await expect.poll(() => ask('/live')).toMatchObject({ status: 'down', maxBlockMs: 100 });
    expect(await ask('/live')).not.toHaveProperty('by');
    board.enter(loopNames.idOf('job=reports:build'));
    expect(await ask('/live')).toMatchObject({ status: 'down', by: 'job=reports:build' });
    expect(await ask('/ready')).toMatchObject({ reason: 'blocked', by: 'job=reports:build' });
    board.enter(0);
    expect(await ask('/live')).not.toHaveProperty('by');
    const beating = setInterval(() => board.beat(), 10);
    await expect.poll(() => ask('/live')).toMatchObject({ status: 'up', blockedMs: 0 });
    clearInterval(beating);
  });
});
