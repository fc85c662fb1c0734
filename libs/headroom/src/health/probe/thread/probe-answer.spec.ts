import { describe, expect, it } from 'vitest';

import { answerProbe } from './probe-answer.mjs';

const CALM = { ageMs: 120, blockedMs: 0, maxBlockMs: 10_000, notReadyBecause: undefined, running: undefined };
const ask = (url: string, facts = {}, method = 'GET') =>
  answerProbe(method, url, () => ({ ...CALM, ...facts }));

describe('a probe of /live', () => {
  it('is up while the event loop turns, and while it is blocked for no longer than it may be', () => {
    expect(ask('/live')).toEqual({ status: 200, body: { status: 'up', blockedMs: 0, maxBlockMs: 10_000 } });
    expect(ask('/live', { blockedMs: 10_000 }).status).toBe(200);
  });

  it('is down past that, and says for how long and by what', () => {
    expect(ask('/live', { ageMs: 10_000.6, blockedMs: 10_000.6, running: 'job=reports:build' })).toEqual({
      status: 503,
      body: { status: 'down', blockedMs: 10_001, maxBlockMs: 10_000, by: 'job=reports:build' },
    });
  });

  it('heeds neither readiness nor what runs while nothing is blocked', () => {
    const { status, body } = ask('/live', { notReadyBecause: 'draining', running: 'GET /' });
    expect(status).toBe(200);
    expect(body).not.toHaveProperty('by');
  });
});

describe('a probe of /ready', () => {
  it('gives the last verdict and its age', () => {
    expect(ask('/ready')).toEqual({ status: 200, body: { status: 'up', verdictAgeMs: 120 } });
    expect(ask('/ready', { notReadyBecause: 'warming up' })).toEqual({
      status: 503,
      body: { status: 'down', reason: 'warming up', verdictAgeMs: 120 },
    });
  });

  it('stays up during a block, and goes down when /live does', () => {
    expect(ask('/ready', { ageMs: 9000, blockedMs: 9000, running: 'GET /pdf' })).toEqual({
      status: 200,
      body: { status: 'up', verdictAgeMs: 9000, by: 'GET /pdf' },
    });
    expect(ask('/ready', { ageMs: 11_000, blockedMs: 11_000 })).toMatchObject({
      status: 503,
      body: { reason: 'blocked' },
    });
  });
});

describe('other requests', () => {
  it.each(['/', '/liveness', '/live/', '/health', '*', 'http://pod/live'])('%s is not found', (url) => {
    expect(ask(url).status).toBe(404);
  });

  it('may carry a query, and may be HEAD', () => {
    expect(ask('/live?verbose').status).toBe(200);
    expect(ask('/ready', {}, 'HEAD').status).toBe(200);
  });

  it('may be nothing else', () => {
    expect(ask('/live', {}, 'POST')).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
  });
});
