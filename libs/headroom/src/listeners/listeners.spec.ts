import 'reflect-metadata';
import { SetMetadata } from '@nestjs/common';
import { type DiscoveryService, MetadataScanner } from '@nestjs/core';
import { runInNewContext } from 'node:vm';
import { describe, expect, it, vi } from 'vitest';

import { Listeners } from './listeners.js';

const Listen = () => SetMetadata('listen', true);

function setUp(instances: { instance: unknown; isStatic?: boolean; isTransient?: boolean }[]) {
  const wrappers = instances.map(({ instance, isStatic = true, isTransient = false }) => ({
    instance,
    isTransient,
    isDependencyTreeStatic: () => isStatic,
  }));
  const discovery = { getProviders: () => wrappers, getControllers: () => [] };
  const error = vi.fn<(line: string) => void>();
  const warn = vi.fn<(line: string) => void>();
  const listeners = new Listeners<string>('listen', { error, warn });
  listeners.explore(discovery as unknown as DiscoveryService, new MetadataScanner());
  return { listeners, error, warn };
}

class Cache {
  readonly heard: string[] = [];
  @Listen()
  hear(event: string): void {
    this.heard.push(event);
  }
  ignore(): void {
    this.heard.push('not a listener');
  }
}

describe('Listeners', () => {
  it('call the decorated methods with the event and with `this`', () => {
    const cache = new Cache();
    const { listeners } = setUp([{ instance: cache }]);
    listeners.notify('a');
    listeners.notify('b');
    expect(cache.heard).toEqual(['a', 'b']);
    expect(listeners.isEmpty).toBe(false);
  });

  it('find methods that are inherited', () => {
    class BigCache extends Cache {}
    const cache = new BigCache();
    setUp([{ instance: cache }]).listeners.notify('a');
    expect(cache.heard).toEqual(['a']);
  });

  it('call an instance once, under however many tokens it is provided', () => {
    const cache = new Cache();
    setUp([{ instance: cache }, { instance: cache }]).listeners.notify('a');
    expect(cache.heard).toEqual(['a']);
  });

  it('are not doubled by a second look', () => {
    const cache = new Cache();
    const { listeners } = setUp([{ instance: cache }]);
    const wrapper = { instance: cache, isDependencyTreeStatic: () => true };
    listeners.explore(
      { getProviders: () => [wrapper], getControllers: () => [] } as unknown as DiscoveryService,
      new MetadataScanner(),
    );
    listeners.notify('a');
    expect(cache.heard).toEqual(['a']);
  });

  it('pass over what has no methods: values, and classes that were not made', () => {
    const { listeners } = setUp(
      [undefined, null, 5, 'text', () => 5, Object.create(null), [], {}].map((instance) => ({ instance })),
    );
    expect(listeners.isEmpty).toBe(true);
  });

  it('do not touch getters, which may throw before the app is up', () => {
    class Host extends Cache {
      get worker(): never {
        throw new Error('not yet');
      }
    }
    expect(() => setUp([{ instance: new Host() }])).not.toThrow();
  });

  it('look past a stand-in that throws until what it stands for is there', () => {
    const standIn = new Proxy(new Cache(), {
      get: () => {
        throw new Error('not connected yet');
      },
    });
    expect(setUp([{ instance: standIn }]).listeners.isEmpty).toBe(true);
  });

  it('warn about a transient class, and leave it out', () => {
    const { listeners, warn } = setUp([{ instance: new Cache(), isTransient: true }]);
    expect(listeners.isEmpty).toBe(true);
    expect(warn).toHaveBeenCalledWith(
      'Cache.hear is not called: its class is transient, so there is no instance to call',
    );
  });

  it('report what rejects though it is no promise of this realm', async () => {
    class Foreign {
      @Listen()
      hear(): unknown {
        return runInNewContext('Promise.reject(new Error("of another realm"))');
      }
    }
    const { listeners, error } = setUp([{ instance: new Foreign() }]);
    listeners.notify('event');
    await new Promise(setImmediate);
    expect(error).toHaveBeenCalledOnce();
  });

  it('warn about a request-scoped class, and leave it out', () => {
    const { listeners, warn } = setUp([{ instance: new Cache(), isStatic: false }]);
    expect(listeners.isEmpty).toBe(true);
    expect(warn).toHaveBeenCalledExactlyOnceWith(
      'Cache.hear is not called: its class is request-scoped, so there is no instance to call',
    );
  });

  it('that throw or reject are reported once each, and the others still hear', async () => {
    class Broken {
      @Listen()
      throwing(): void {
        throw new Error('thrown');
      }
      @Listen()
      async rejecting(): Promise<void> {
        await Promise.reject(new Error('rejected'));
      }
    }
    const cache = new Cache();
    const { listeners, error } = setUp([{ instance: new Broken() }, { instance: cache }]);
    for (const event of ['a', 'b', 'c']) listeners.notify(event);
    await new Promise(setImmediate);
    expect(cache.heard).toEqual(['a', 'b', 'c']);
    expect(error.mock.calls.map(([line]) => line.split('\n')[0])).toEqual([
      'Broken.throwing failed; it will not be reported again. Error: thrown',
      'Broken.rejecting failed; it will not be reported again. Error: rejected',
    ]);
  });
});
