import { describe, expect, it } from 'vitest';

import { systemFiles, v1System, v2System, writeSystemFile } from '../vitals/limits/fixtures/cgroup-trees.js';
import { OomKillCounter } from './oom-kill-counter.js';

const EVENTS = '/sys/fs/cgroup/api/memory.events';
const events = (kills: number) => `low 0\nhigh 3\nmax 9\noom 5\noom_kill ${kills}\noom_group_kill 0\n`;

function counting(kills: number) {
  const files = systemFiles(v2System('/api', { '/api/memory.events': events(kills) }));
  return {
    counter: new OomKillCounter(files),
    set: (to: number) => writeSystemFile(files.root, EVENTS, events(to)),
  };
}

describe('the count of kills', () => {
  it('is that of the own cgroup', () => {
    expect(counting(2).counter.read()).toBe(2);
    const v1 = v1System('/api', {
      '/api/memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 7\n',
      '/memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 99\n',
    });
    expect(new OomKillCounter(systemFiles(v1)).read()).toBe(7);
  });

  it('is that of the next one above which has the controller, of v2', () => {
    const tree = v2System('/api/main', { '/api/memory.events': events(4) });
    expect(new OomKillCounter(systemFiles(tree)).read()).toBe(4);
  });

  it('is not known without a cgroup, or where an old kernel does not count', () => {
    expect(new OomKillCounter(systemFiles({})).read()).toBeUndefined();
    const old = v1System('/api', { '/api/memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\n' });
    const counter = new OomKillCounter(systemFiles(old));
    expect(counter.since(counter.mark())).toBeUndefined();
  });

  it('of a life begins with it', () => {
    const { counter, set } = counting(2);
    const mark = counter.mark();
    expect(counter.since(mark)).toBe(0);
    set(3);
    expect(counter.since(mark)).toBe(1);
    expect(counter.since(undefined)).toBeUndefined();
  });

  it('leaves out a kill that has found its process', () => {
    const { counter, set } = counting(2);
    const [first, second] = [counter.mark(), counter.mark()];
    set(3);
    expect(counter.since(first)).toBe(1);
    counter.claim();
    expect(counter.since(second)).toBe(0);
    const third = counter.mark();
    set(4);
    expect(counter.since(second)).toBe(1);
    expect(counter.since(third)).toBe(1);
  });
});
