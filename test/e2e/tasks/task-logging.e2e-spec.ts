import { MemorySnapshot, OnTaskEnd, OnTaskStart, type ResilienceOptions } from 'nestjs-headroom';
import { afterEach, describe, expect, it } from 'vitest';

import { TaskApp } from './task-app.js';

class Work {
  @MemorySnapshot('ok')
  ok(): void {}

  @MemorySnapshot('bad')
  bad(): void {
    throw new TypeError('bad row');
  }

  /** Ends when the last of `together` has started. */
  @MemorySnapshot('shared')
  async shared(together: Promise<void>): Promise<void> {
    await together;
  }
}

let app: TaskApp;
afterEach(() => app.close());

const work = new Work();

function run(times: number, method: () => void = () => work.ok()): void {
  for (let count = 0; count < times; count++) {
    try {
      method();
    } catch {
      // It is the line that counts.
    }
  }
}

async function levelsWith(log: NonNullable<ResilienceOptions['tasks']>['log']) {
  app = await TaskApp.start([], log === undefined ? {} : { log });
  run(1);
  run(1, () => work.bad());
  return app.lines().map((line) => line.replace(/^(\w+) task (\w+) .*=(\w+)$/, '$1 $2 $3'));
}

describe('the level of the lines', () => {
  it('is log, and warn for failures, by default', async () => {
    expect(await levelsWith(undefined)).toEqual([
      'log start bootstrap',
      'log end bootstrap',
      'log start ok',
      'log end ok',
      'log start bad',
      'warn end bad',
    ]);
  });

  it('can be set for each event', async () => {
    expect(await levelsWith({ start: 'verbose', end: 'debug', failure: 'error', lifecycle: 'warn' })).toEqual(
      [
        'warn start bootstrap',
        'warn end bootstrap',
        'verbose start ok',
        'debug end ok',
        'verbose start bad',
        'error end bad',
      ],
    );
  });

  it('can be off for each event', async () => {
    expect(await levelsWith({ start: false, lifecycle: false })).toEqual(['log end ok', 'warn end bad']);
  });

  it('can be off for all that ends well', async () => {
    expect(await levelsWith({ start: false, end: false, lifecycle: false })).toEqual(['warn end bad']);
  });

  it('can be off altogether, and the hooks are called all the same', async () => {
    expect(await levelsWith(false)).toEqual([]);
    expect(app.watcher.ends.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
      'bootstrap ok',
      'ok ok',
      'bad failed',
    ]);
    expect(app.watcher.starts.map(({ name }) => name)).toEqual(expect.arrayContaining(['ok', 'bad']));
  });
});

describe('tasks that run at once', () => {
  it('say by how many the growth is shared, each as many as ran with it', async () => {
    app = await TaskApp.start();
    let release!: () => void;
    const together = new Promise<void>((resolve) => (release = resolve));
    const tasks = [1, 2, 3].map(() => work.shared(together));
    release();
    await Promise.all(tasks);
    work.ok();
    const ends = app.lines(' method=shared').filter((line) => line.includes('task end'));
    expect(ends).toHaveLength(3);
    for (const line of ends) expect(line).toContain(' outcome=ok shared-by=3 method=shared');
    expect(app.lines(' method=ok').at(-1)).not.toContain('shared-by');
    expect(app.watcher.ends.map(({ concurrency }) => concurrency)).toEqual([1, 3, 3, 3, 1]);
  });

  it('do not count the start of the app as one of them', async () => {
    app = await TaskApp.start();
    expect(app.lines('lifecycle=bootstrap').join('\n')).not.toContain('shared-by');
  });
});

describe('the line budget', () => {
  const LIMITED = { maxLinesPerSecond: 2 };

  it('bounds the lines of small tasks, and the gap is told', async () => {
    app = await TaskApp.start([], LIMITED);
    run(200);
    const lines = app.lines(' method=ok');
    expect(lines.length).toBeGreaterThanOrEqual(10);
    expect(lines.length).toBeLessThanOrEqual(20);
    const told = () => app.log.matching(/task lines not written: more than tasks\.maxLinesPerSecond/);
    await expect.poll(told, { timeout: 5000 }).toHaveLength(1);
    expect(told()[0]).toMatch(new RegExp(`^log ${400 - lines.length} task lines`));
  });

  it('has a start line for each end line', async () => {
    app = await TaskApp.start([], { maxLinesPerSecond: 1 });
    run(50);
    const lines = app.lines(' method=ok');
    expect(lines.filter((line) => line.includes('task start')).length).toBe(lines.length / 2);
  });

  it('does not hold back failures', async () => {
    app = await TaskApp.start([], LIMITED);
    run(50);
    run(30, () => work.bad());
    expect(app.lines(' method=bad').filter((line) => line.startsWith('warn task end'))).toHaveLength(30);
  });

  it('counts what is missing, not the end lines of failures, which are written', async () => {
    app = await TaskApp.start([], LIMITED);
    run(50, () => work.bad());
    const missing = 100 - app.lines(' method=bad').length;
    await expect.poll(() => app.log.matching(/task lines not written/), { timeout: 5000 }).toHaveLength(1);
    expect(app.log.matching(/task lines not written/)[0]).toMatch(new RegExp(`^log ${missing} task lines`));
  });

  it('does not hold back the hooks', async () => {
    app = await TaskApp.start([], LIMITED);
    run(200);
    expect(app.watcher.starts.filter(({ name }) => name === 'ok')).toHaveLength(200);
    expect(app.watcher.ends.filter(({ name }) => name === 'ok')).toHaveLength(200);
  });

  it('tells the gap also when only end lines are written', async () => {
    app = await TaskApp.start([], { ...LIMITED, log: { start: false } });
    run(200);
    expect(app.lines(' method=ok').length).toBeLessThan(200);
    await expect.poll(() => app.log.matching(/task lines not written/), { timeout: 5000 }).toHaveLength(1);
  });

  it('counts lines that are written: without start lines it has twice as many tasks', async () => {
    app = await TaskApp.start([], { ...LIMITED, log: { start: false } });
    const startedAt = performance.now();
    run(50);
    const seconds = Math.floor((performance.now() - startedAt) / 1000) + 1;
    expect(app.lines(' method=ok').length).toBeGreaterThanOrEqual(10);
    expect(app.lines(' method=ok').length).toBeLessThanOrEqual(10 * seconds + 10);
  });

  it('is not told when nothing is logged at all', async () => {
    app = await TaskApp.start([], { ...LIMITED, log: false });
    run(200);
    expect(app.log.matching(/not written/)).toEqual([]);
  });

  it('tells at the end of the app what it has held back last', async () => {
    app = await TaskApp.start([], LIMITED);
    run(200);
    await expect.poll(() => app.log.matching(/task lines not written/), { timeout: 5000 }).toHaveLength(1);
    run(200);
    await app.close();
    expect(app.log.matching(/task lines not written/)).toHaveLength(2);
  });
});

describe('the app itself', () => {
  it('is a task at bootstrap and at shutdown', async () => {
    app = await TaskApp.start();
    expect(app.lines('lifecycle=bootstrap')).toEqual([
      expect.stringMatching(/^log task start mem rss=\d+MB heap=\d+\/\d+MB ext=\d+MB lifecycle=bootstrap$/),
      expect.stringMatching(/^log task end mem rss=.* took=\d+m?s outcome=ok lifecycle=bootstrap$/),
    ]);
    expect(app.lines('lifecycle=shutdown')).toEqual([]);
    await app.close();
    expect(app.lines('lifecycle=shutdown')).toEqual([
      expect.stringMatching(/^log task start /),
      expect.stringMatching(/^log task end .* outcome=ok lifecycle=shutdown$/),
    ]);
  });

  it('is told to the hooks, start and end alike', async () => {
    app = await TaskApp.start();
    const { starts, ends } = app.watcher;
    await app.close();
    expect(ends.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'lifecycle bootstrap',
      'lifecycle shutdown',
    ]);
    expect(starts.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'lifecycle bootstrap',
      'lifecycle shutdown',
    ]);
  });
});

describe('a hook', () => {
  class Broken {
    calls = 0;

    @OnTaskStart()
    started(): void {
      this.calls++;
      throw new Error('no exporter');
    }

    @OnTaskEnd()
    async ended(): Promise<void> {
      this.calls++;
      await Promise.reject(new Error('no network'));
    }
  }

  it('that throws or rejects is reported once, and the task knows nothing of it', async () => {
    app = await TaskApp.start([Broken]);
    run(3);
    await new Promise(setImmediate);
    expect(app.log.matching(/Broken\.started failed.*no exporter/s)).toHaveLength(1);
    expect(app.log.matching(/Broken\.ended failed.*no network/s)).toHaveLength(1);
    expect(app.lines(' method=ok')).toHaveLength(6);
    expect(app.module.get(Broken).calls).toBeGreaterThanOrEqual(6);
  });
});
