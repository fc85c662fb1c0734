import { describe, expect, it } from 'vitest';

import { countWorkers } from './backend-report.js';

const line = (name: string) =>
  `id=3 addr=127.0.0.1:5 laddr=127.0.0.1:6 fd=8 name=${name} age=1 lib-name=ioredis`;

describe('the workers of a queue', () => {
  it('are the clients of its name, with a name of their own or without', () => {
    const list = ['bull:cA==', 'bull:cA==:w:one', 'bull:cA==:qe', 'bull:cA==x', 'bull:cB==', ''].map(line);
    expect(countWorkers([`${list.join('\n')}\n`], 'bull:cA==', true)).toBe(2);
    expect(countWorkers([list.join('\r\n')], 'bull:cA==', true)).toBe(2);
  });

  it('are counted where there are most of them in a cluster', () => {
    expect(countWorkers([line('a'), `${line('a')}\n${line('a')}`, ''], 'a', true)).toBe(2);
  });

  it('are found in the list of PostgreSQL', () => {
    expect(countWorkers(['name=prices\nname=reports:qe\nname=prices:w:one'], 'prices', true)).toBe(2);
  });

  it('are none where only others are named, or nobody is connected', () => {
    expect(countWorkers([`${line('')}\n${line('bull:cB==')}`], 'bull:cA==', true)).toBe(0);
    expect(countWorkers([''], 'prices', true)).toBe(0);
  });

  it('are none where nobody is named, and none of this process is among them', () => {
    expect(countWorkers([`${line('')}\n${line('')}`], 'a', false)).toBe(0);
  });

  it('are unknown where nobody is named, or there is no list', () => {
    expect(countWorkers([`${line('')}\n${line('')}`], 'a', true)).toBeNull();
    expect(countWorkers([], 'a', true)).toBeNull();
  });
});
