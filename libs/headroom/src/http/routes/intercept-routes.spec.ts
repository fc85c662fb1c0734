import { describe, expect, it } from 'vitest';

import { interceptRoutes } from './intercept-routes.js';

class Adapter {
  readonly registered: unknown[][] = [];

  get(...args: unknown[]): this {
    this.registered.push(['get', ...args]);
    return this;
  }

  use(...args: unknown[]): void {
    this.registered.push(['use', ...args]);
  }
}

const handler = () => 'handler';
const wrapped = () => 'wrapped';

describe('intercepted routes', () => {
  it('are registered with another handler, with a path or without, and middleware is left alone', () => {
    const adapter = new Adapter();
    interceptRoutes(adapter, (given) => (given === handler ? wrapped : given));
    expect(adapter.get('/reports', handler)).toBe(adapter);
    adapter.get(handler);
    adapter.get('view engine');
    adapter.use('/reports', handler);
    expect(adapter.registered).toEqual([
      ['get', '/reports', wrapped],
      ['get', wrapped],
      ['get', 'view engine'],
      ['use', '/reports', handler],
    ]);
  });

  it('are no longer when it is told to stop: the adapter is as before', () => {
    const own = { delete: () => 'own' };
    const adapter = Object.assign(new Adapter(), own);
    const stop = interceptRoutes(adapter, () => wrapped);
    expect(adapter.delete).not.toBe(own.delete);
    stop();
    stop();
    adapter.get('/reports', handler);
    expect(adapter.registered).toEqual([['get', '/reports', handler]]);
    expect(adapter.delete).toBe(own.delete);
    expect(Object.hasOwn(adapter, 'get')).toBe(false);
  });

  it('are left to another that has come later', () => {
    const adapter = new Adapter();
    const stopFirst = interceptRoutes(adapter, () => wrapped);
    const stopSecond = interceptRoutes(adapter, (given) => given);
    stopFirst();
    adapter.get('/reports', handler);
    stopSecond();
    adapter.get('/lists', handler);
    expect(adapter.registered).toEqual([
      ['get', '/reports', handler],
      ['get', '/lists', handler],
    ]);
  });
});
