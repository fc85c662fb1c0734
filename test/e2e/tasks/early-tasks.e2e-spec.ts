import { MemorySnapshot } from 'nestjs-headroom';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';

import { TaskApp } from './task-app.js';

class Catalogue {
  @MemorySnapshot('load')
  async load(): Promise<string> {
    await wait(10);
    return 'loaded';
  }
}

// No other app may be there: it would be told of what runs before this one has started.
it('hooks are told of tasks that began and ended while the app still started', async () => {
  const catalogue = {
    provide: 'CATALOGUE',
    useFactory: async () => {
      // Until what records is made.
      await wait(100);
      return new Catalogue().load();
    },
  };
  const app = await TaskApp.start([catalogue]);
  const { starts, ends } = app.watcher;
  expect(starts.filter(({ name }) => name === 'load')).toHaveLength(1);
  expect(ends.filter(({ name }) => name === 'load')).toMatchObject([{ outcome: 'ok' }]);
  await app.close();
});
