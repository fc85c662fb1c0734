import { describe, expect, it } from 'vitest';

import { exemptPathTest } from './exempt-paths.js';

const isExempt = exemptPathTest(['/health', '/health/*', '/metrics', '/internal/*'], '');

describe('a URL is exempt', () => {
  it.each([
    '/health',
    '/health/',
    '/health/live',
    '/health/ready/',
    '/health/deep/down',
    '/health?verbose=1',
    '/health/?a=/orders',
    '/health#top',
    '//health',
    '/metrics',
    '/metrics/',
    '/internal/queues',
    '/HEALTH',
    '/Metrics/',
    'http://api.example/health?verbose=1',
  ])('as %s is', (url) => {
    expect(isExempt(url)).toBe(true);
  });

  it.each([
    '/',
    '',
    '/healthy',
    '/health-check',
    '/api/health',
    '/orders/health',
    '/metrics/heap',
    '/metricsx',
    '/internal',
    '/internal/',
    '/internals/queues',
    '/orders?path=/health',
    '/orders?/health',
    '/orders#/health',
    'http://health/orders',
    'http://host/orders/../health',
    'http://host/orders\\..\\health',
    'no path at all',
  ])('and %j is not', (url) => {
    expect(isExempt(url)).toBe(false);
  });

  it('that is written with other letters, or a space, as clients send it', () => {
    const isWritten = exemptPathTest(['/café', '/status page', '/caf%C3%A9s/*'], '');
    for (const url of ['/caf%C3%A9', '/status%20page', '/caf%c3%a9s/open']) expect(isWritten(url)).toBe(true);
  });

  it('never when there is no URL', () => {
    expect(isExempt(undefined)).toBe(false);
  });

  it('never when nothing is exempt', () => {
    expect(exemptPathTest([], '')('/health')).toBe(false);
  });

  it('at the root alone when the root is listed', () => {
    const isRoot = exemptPathTest(['/'], '');
    expect(isRoot('/')).toBe(true);
    expect(isRoot('/?a=1')).toBe(true);
    expect(isRoot('/orders')).toBe(false);
  });

  it('everywhere when all below the root is', () => {
    const isAny = exemptPathTest(['/*'], '');
    for (const url of ['/', '/orders', '/orders/5?a=1']) expect(isAny(url)).toBe(true);
  });

  it('whether it was listed with a slash at the end or not', () => {
    expect(exemptPathTest(['/health/'], '')('/health')).toBe(true);
  });
});

describe('the global prefix', () => {
  it.each(['api', '/api', '/api/', 'api/'])('given as %j may be left out', (prefix) => {
    const test = exemptPathTest(['/health', '/internal/*'], prefix);
    expect(test('/api/health')).toBe(true);
    expect(test('/api/internal/queues')).toBe(true);
    expect(test('/api/health/live')).toBe(false);
    expect(test('/api/orders')).toBe(false);
  });

  it('may be written, too', () => {
    const test = exemptPathTest(['/api/health', '/api/internal/*'], 'api');
    expect(test('/api/health')).toBe(true);
    expect(test('/api/internal/queues')).toBe(true);
    expect(test('/health')).toBe(false);
  });

  it('may be missing in the URL, as for routes that it excludes', () => {
    expect(exemptPathTest(['/health'], 'api')('/health')).toBe(true);
  });

  it('counts only as a whole segment, and only once', () => {
    const test = exemptPathTest(['/health'], 'api');
    expect(test('/apihealth')).toBe(false);
    expect(test('/api2/health')).toBe(false);
    expect(test('/api/api/health')).toBe(false);
  });

  it('may have several segments', () => {
    expect(exemptPathTest(['/health'], 'public/v1')('/public/v1/health')).toBe(true);
    expect(exemptPathTest(['/health'], 'public/v1')('/public/health')).toBe(false);
  });
});

describe('a URL made to be slow', () => {
  it('of thousands of slashes takes no time to judge: Node takes up to 16 KB from anybody', () => {
    const urls = [`/a${'/'.repeat(16_000)}b`, `/${'a/'.repeat(8000)}`, '/'.repeat(16_000)];
    const startedAt = performance.now();
    for (const url of urls) for (let count = 0; count < 10; count++) isExempt(url);
    expect((performance.now() - startedAt) / 30).toBeLessThan(5);
  });

  it('counts without its version, where paths have one', () => {
    const isFree = exemptPathTest(['/health', '/health/*'], 'api', 'v');
    for (const url of ['/v1/health', '/api/v2/health/live', '/v1.2/health', '/health'])
      expect(isFree(url)).toBe(true);
    for (const url of ['/vitals/health', '/v1', '/v1/orders', '/x1/health']) expect(isFree(url)).toBe(false);
    expect(exemptPathTest(['/health'], '')('/v1/health')).toBe(false);
    expect(exemptPathTest(['/health'], '', '')('/1/health')).toBe(true);
  });
});
