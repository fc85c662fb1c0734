import { describe, expect, it } from 'vitest';

import type { ExitFacts } from './exit-facts.js';
import { explainExit } from './explain-exit.js';
import { HEAP_LIMIT } from './fixtures/last-words.js';
import type { Surroundings } from './surroundings.js';

const MB = 1024 ** 2;

const first = (ceilingMb: number, limitMb?: number, more: Partial<ExitFacts> = {}) =>
  explainExit({
    code: null,
    signal: 'SIGABRT',
    stderr: HEAP_LIMIT,
    memory: { heapCeilingBytes: ceilingMb * MB, ...(limitMb && { limitBytes: limitMb * MB }) },
    ...more,
  }).advice.slice(0, -1);
const WHERE = 'on its command line (`execArgv` of a child) or in NODE_OPTIONS';

describe('after a heap that was full', () => {
  it('half as much again is to be tried, in a figure that a person would write', () => {
    expect(first(512)).toEqual([`give V8 more: \`--max-old-space-size=768\` ${WHERE}`]);
    expect(first(30)).toEqual([`give V8 more: \`--max-old-space-size=48\` ${WHERE}`]);
    expect(first(2096, 8192)).toEqual([`give V8 more: \`--max-old-space-size=3328\` ${WHERE}`]);
  });

  it('no more than three quarters of the limit', () => {
    expect(first(512, 900)).toEqual([`give V8 more: \`--max-old-space-size=675\` ${WHERE}`]);
  });

  it('where that is no gain, the limit is to be raised first', () => {
    const surroundings = { kind: 'docker' } as const;
    expect(first(512, 700, { surroundings })).toEqual([
      "raise the container's memory: `mem_limit: 1024m` in Compose, or `docker run --memory 1024m`; first, since 700MB " +
        'are too little for a larger heap',
      `give V8 more: \`--max-old-space-size=768\` ${WHERE}`,
    ]);
  });

  it('without a ceiling, what V8 said about its heap is the measure', () => {
    const { advice } = explainExit({ code: 134, signal: null, stderr: HEAP_LIMIT });
    expect(advice[0]).toMatch(/--max-old-space-size=80`/);
  });
});

describe('after a kill of the kernel', () => {
  const memory = { peakRssBytes: 500 * MB, limitBytes: 512 * MB, heapCeilingBytes: 256 * MB };
  const advice = (surroundings?: Surroundings) =>
    explainExit({ code: null, signal: 'SIGKILL', oomKills: 1, memory, ...(surroundings && { surroundings }) })
      .advice;

  it.each<[Surroundings | undefined, string]>([
    [
      { kind: 'kubernetes', name: 'api-1' },
      "raise the container's memory: `resources.limits.memory: 640Mi` (pod api-1)",
    ],
    [
      { kind: 'docker' },
      "raise the container's memory: `mem_limit: 640m` in Compose, or `docker run --memory 640m`",
    ],
    [{ kind: 'systemd', name: 'api.service' }, "raise the unit's memory: `MemoryMax=640M` in api.service"],
    [
      { kind: 'bare' },
      'give the machine more memory or swap, to 640MB, or let fewer things run on it at once',
    ],
  ])('in %o: %s', (surroundings, expected) => {
    expect(advice(surroundings)[0]).toBe(expected);
  });

  it('names all settings where it is not known which', () => {
    expect(advice()[0]).toMatch(/to 640MB \(Kubernetes .*, Docker .*, systemd .*\)/);
  });

  it('tells of the policy that stops the whole unit, on systemd', () => {
    expect(advice({ kind: 'systemd' }).join('\n')).toContain('OOMPolicy=continue');
    expect(advice({ kind: 'docker' }).join('\n')).not.toContain('OOMPolicy');
  });

  it('tells of a heap that may grow above the limit', () => {
    const { advice: given } = explainExit({
      code: null,
      signal: 'SIGKILL',
      oomKills: 1,
      memory: { ...memory, heapCeilingBytes: 2096 * MB },
    });
    expect(given.join('\n')).toContain('--max-old-space-size=384`; it may grow to 2096MB now');
    expect(advice().join('\n')).not.toContain('max-old-space-size');
  });

  it('that is not proven, asks to look first who it was', () => {
    const { advice: given } = explainExit({
      code: null,
      signal: 'SIGKILL',
      memory,
      surroundings: { kind: 'systemd', name: 'a.service' },
    });
    expect(given.join('\n')).toContain('journalctl -u a.service');
  });
});
