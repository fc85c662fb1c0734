import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { KeptCost } from './cost-book.js';
import { CostFile } from './cost-file.js';

const COSTS: KeptCost[] = [
  { lane: 'job', key: 'reports:build', state: 'heavy', heapBytes: 40, outsideBytes: 20, observed: 7 },
  { lane: 'request', key: 'GET /ping', state: 'light', heapBytes: 0, outsideBytes: 0, observed: 9 },
];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-costs-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the file of learned costs', () => {
  it('gives back what was written, and leaves nothing beside it', () => {
    const path = join(folder, 'deep', 'costs.json');
    new CostFile(path).write(COSTS);
    expect(new CostFile(path).read()).toEqual(COSTS);
    expect(readdirSync(join(folder, 'deep'))).toEqual(['costs.json']);
  });

  it('is empty when there is none', () => {
    expect(new CostFile(join(folder, 'none.json')).read()).toEqual([]);
  });

  it('is not written again when nothing has changed', () => {
    const path = join(folder, 'costs.json');
    const file = new CostFile(path);
    file.write(COSTS);
    writeFileSync(path, 'touched');
    file.write(COSTS);
    expect(readFileSync(path, 'utf8')).toBe('touched');
  });

  it.each(['', '{', 'null', '[]', '{"version":2,"costs":[]}', '{"version":1,"costs":[{"lane":"job"}]}'])(
    'refuses what it has not written: %j',
    (text) => {
      const path = join(folder, 'costs.json');
      writeFileSync(path, text);
      expect(() => new CostFile(path).read()).toThrow(/JSON|not a file of learned costs/);
    },
  );

  it('refuses amounts that cannot be', () => {
    const path = join(folder, 'costs.json');
    new CostFile(path).write([{ ...COSTS[0]!, heapBytes: -1 }]);
    expect(() => new CostFile(path).read()).toThrow('not a file of learned costs');
  });

  it('leaves the old one when it cannot write', () => {
    const path = join(folder, 'costs.json');
    new CostFile(path).write(COSTS);
    expect(() => new CostFile(join(path, 'below-a-file.json')).write(COSTS)).toThrow(/EEXIST|ENOTDIR/);
    expect(new CostFile(path).read()).toEqual(COSTS);
  });
});
