import { Controller, Get, Injectable, SetMetadata } from '@nestjs/common';
import { MemorySnapshot, OnTaskEnd, OnTaskStart, VitalsService } from 'nestjs-headroom';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { onEachPlatform } from '../../support/platforms.js';
import { PressureDial } from '../pressure-dial.js';
import { TaskApp } from './task-app.js';

class ImportError extends Error {
  override name = 'ImportError';
}

@Injectable()
class Importer {
  readonly kept = { rows: 3 };

  @MemorySnapshot('sync')
  sync(rows: number): object {
    return rows === 3 ? this.kept : {};
  }

  @MemorySnapshot('async')
  async async(text: string): Promise<string> {
    await new Promise(setImmediate);
    return text.toUpperCase();
  }

  @MemorySnapshot('throws')
  throws(): never {
    throw new ImportError('row 5');
  }

  @MemorySnapshot('rejects')
  async rejects(): Promise<never> {
    await new Promise(setImmediate);
    throw new ImportError('row 6');
  }

  @MemorySnapshot()
  unnamed(): void {}

  @MemorySnapshot()
  static unnamedStatic(this: void): string {
    return 'static';
  }

  @MemorySnapshot('callback')
  callback(done: () => void): void {
    setImmediate(done);
  }

  @MemorySnapshot('above')
  @SetMetadata('role', 'below it')
  above(): void {}

  @SetMetadata('role', 'above it')
  @MemorySnapshot('below')
  below(): void {}

  /** What a sample saw while memory was held that is given back before the end. */
  @MemorySnapshot('peak')
  peak(vitals: VitalsService): number {
    const held = new PressureDial();
    held.weigh(held.limitBytes * 0.9);
    const { rssBytes } = vitals.sampleNow();
    held.release();
    return rssBytes;
  }

  @MemorySnapshot('leaky')
  fill(): Buffer {
    return Buffer.alloc(64 * 1024 ** 2, 1);
  }
}

let app: TaskApp;
beforeAll(async () => {
  app = await TaskApp.start([Importer]);
});
beforeEach(() => {
  app.log.lines.length = 0;
  app.watcher.starts.length = 0;
  app.watcher.ends.length = 0;
});
afterAll(() => app.close());

const importer = () => app.module.get(Importer);
const MEMORY = String.raw`rss=\d+MB heap=\d+\/\d+MB ext=\d+MB`;
const GROWN = String.raw`rss=\d+MB\([+-]\d+\) heap=\d+\/\d+MB\([+-]\d+\) ext=\d+MB\([+-]\d+\)`;

describe('@MemorySnapshot()', () => {
  it('logs memory at the start and at the end', () => {
    importer().sync(3);
    expect(app.lines()).toEqual([
      expect.stringMatching(new RegExp(`^log task start mem ${MEMORY} method=sync$`)),
      expect.stringMatching(
        new RegExp(`^log task end mem ${GROWN} peak=\\d+MB took=\\d+ms outcome=ok method=sync$`),
      ),
    ]);
  });

  it('leaves a synchronous method synchronous, with its `this`, arguments and value', () => {
    expect(importer().sync(3)).toBe(importer().kept);
  });

  it('ends when the promise settles', async () => {
    const promise = importer().async('aapl');
    expect(promise).toBeInstanceOf(Promise);
    expect(app.lines(' method=async')).toHaveLength(1);
    expect(await promise).toBe('AAPL');
    expect(app.lines(' method=async')).toHaveLength(2);
  });

  it('leaves errors as they are and names them in the end line', async () => {
    expect(() => importer().throws()).toThrow(new ImportError('row 5'));
    await expect(importer().rejects()).rejects.toBeInstanceOf(ImportError);
    expect(app.lines(' method=throws').at(-1)).toMatch(/^warn task end .* outcome=failed error=ImportError /);
    expect(app.lines(' method=rejects').at(-1)).toMatch(
      /^warn task end .* outcome=failed error=ImportError /,
    );
    expect(app.watcher.ends.map(({ outcome, error }) => [outcome, (error as Error).message])).toEqual([
      ['failed', 'row 5'],
      ['failed', 'row 6'],
    ]);
  });

  it('without a name is labelled with class and method, static ones too', () => {
    importer().unnamed();
    expect(Importer.unnamedStatic()).toBe('static');
    expect(app.lines(' method=Importer.unnamed')).toHaveLength(2);
    expect(app.lines(' method=Importer.unnamedStatic')).toHaveLength(2);
  });

  it('works on a class that Nest does not know', () => {
    class Plain {
      @MemorySnapshot('plain')
      run(): number {
        return 5;
      }
    }
    expect(new Plain().run()).toBe(5);
    expect(app.lines(' method=plain')).toHaveLength(2);
  });

  it('does not wait for what a method leaves behind', async () => {
    await new Promise<void>((done) => {
      importer().callback(done);
      expect(app.lines(' method=callback')).toHaveLength(2);
    });
  });

  it('stands above or below other decorators: their metadata stays', () => {
    for (const [name, role] of [
      ['above', 'below it'],
      ['below', 'above it'],
    ] as const) {
      const method = Reflect.get(Importer.prototype, name) as object;
      expect(Reflect.getMetadata('role', method)).toBe(role);
      expect(method).toHaveProperty('name', name);
    }
    importer().above();
    importer().below();
    expect(app.lines(' method=above')).toHaveLength(2);
    expect(app.lines(' method=below')).toHaveLength(2);
  });

  it('shows what a method has taken', () => {
    const held = importer().fill();
    const [end] = app.watcher.ends;
    const { memory, before } = end!;
    // Less than all of it: other garbage may be collected at the same time.
    expect(memory.rssBytes - before.rssBytes).toBeGreaterThan(held.length * 0.75);
    expect(memory.externalBytes - before.externalBytes).toBeGreaterThan(held.length * 0.9);
    expect(end!.peakRssBytes).toBeGreaterThanOrEqual(memory.rssBytes);
    expect(app.lines(' method=leaky').at(-1)).toMatch(/rss=\d+MB\(\+\d{2,}\)/);
  });

  it('tells the peak that the sampler saw in between', () => {
    const seenBytes = importer().peak(app.module.get(VitalsService));
    const [end] = app.watcher.ends;
    expect(end!.peakRssBytes).toBeGreaterThanOrEqual(seenBytes);
    expect(end!.memory.rssBytes).toBeLessThan(seenBytes - 64 * 1024 ** 2);
  });

  it('nests: each task has its own lines', async () => {
    class Outer {
      @MemorySnapshot('outer')
      async run(): Promise<string> {
        return importer().async('inner');
      }
    }
    expect(await new Outer().run()).toBe('INNER');
    const order = app.lines().map((line) => line.replace(/^\w+ task (start|end) .* method=/, '$1 '));
    expect(order).toEqual(['start outer', 'start async', 'end async', 'end outer']);
  });
});

onEachPlatform((platform) => {
  @Controller('prices')
  class PricesController {
    @MemorySnapshot('above the route')
    @Get('above')
    above(): string {
      return 'above';
    }

    @Get('below')
    @MemorySnapshot('below the route')
    below(): string {
      return 'below';
    }
  }

  it('works on a route handler, in both orders', async () => {
    const { url } = await platform.createApp({ controllers: [PricesController] });
    for (const route of ['above', 'below']) {
      expect(await (await fetch(`${url}/prices/${route}`)).text()).toBe(route);
    }
  });
});

describe('hooks', () => {
  it('that end another task within their call are still known as hooks', async () => {
    class Recorder {
      rows = 0;

      @OnTaskStart()
      started() {
        this.insert();
        this.insert();
      }

      @MemorySnapshot('insert')
      private insert() {
        this.rows++;
      }
    }
    const running = await TaskApp.start([Recorder, Importer]);
    const recorder = running.module.get(Recorder);
    const before = recorder.rows;
    running.module.get(Importer).sync(3);
    expect(recorder.rows - before).toBe(2);
    await running.close();
  });

  it.each([5, '', ' '])('are not told of a method that is named %j: it is refused', (name) => {
    expect(() => MemorySnapshot(name as string)).toThrow(/@MemorySnapshot\(\): received .*; allowed: a name/);
  });

  it('that run a task themselves are not told of that', async () => {
    class Recorder {
      rows = 0;

      @OnTaskStart()
      async started() {
        await this.insert();
      }

      @OnTaskEnd()
      async ended() {
        await this.insert();
      }

      @MemorySnapshot('insert')
      private async insert() {
        this.rows++;
        await new Promise(setImmediate);
      }
    }
    const running = await TaskApp.start([Recorder, Importer]);
    const recorder = running.module.get(Recorder);
    const before = recorder.rows;
    running.module.get(Importer).sync(3);
    for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
    expect(recorder.rows - before).toBe(2);
    expect(running.lines(' method=insert')).not.toEqual([]);
    await running.close();
  });
});
