import { describe, expect, it } from 'vitest';
import { BundleCache } from './bundle-cache.js';

describe('BundleCache', () => {
  it('drops what was not asked for longest when there are too many entries', () => {
    const cache = new BundleCache({ maxEntries: 2, maxBytes: 100 });
    cache.set('a', '1');
    cache.set('b', '2');
    cache.get('a');
    cache.set('c', '3');
    expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual(['1', undefined, '3']);
  });

  it('counts bytes, not characters', () => {
    const cache = new BundleCache({ maxEntries: 10, maxBytes: 5 });
    cache.set('a', 'éé');
    cache.set('b', 'é');
    expect([cache.get('a'), cache.get('b')]).toEqual([undefined, 'é']);
  });

  it('frees the bytes of an entry that is replaced', () => {
    const cache = new BundleCache({ maxEntries: 10, maxBytes: 5 });
    cache.set('a', '1234');
    cache.set('a', '1');
    cache.set('b', '1234');
    expect([cache.get('a'), cache.get('b')]).toEqual(['1', '1234']);
  });

  it('keeps nothing that is larger than all it may hold', () => {
    const cache = new BundleCache({ maxEntries: 10, maxBytes: 3 });
    cache.set('a', '1234');
    expect(cache.get('a')).toBeUndefined();
  });
});
