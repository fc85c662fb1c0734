import { expect, it, onTestFinished, vi } from 'vitest';

import { VitalsReader } from './vitals-reader.js';

it('reads on when the process has no descriptor left, with those that it has kept', () => {
  const reader = new VitalsReader({ limitBytes: undefined, eventLoopResolutionMs: 20 });
  reader.open();
  onTestFinished(() => reader.close());
  const before = reader.read(0);
  reader.rssBytes();
  const noDescriptor = vi.spyOn(process, 'memoryUsage').mockImplementation(() => {
    throw Object.assign(new Error('EMFILE: too many open files, uv_resident_set_memory'), { code: 'EMFILE' });
  });
  onTestFinished(() => noDescriptor.mockRestore());
  const sample = reader.read(0);
  expect(sample.rssBytes).toBeGreaterThan(before.rssBytes / 2);
  expect(sample.rssBytes).toBeLessThan(before.rssBytes * 2);
  expect(sample.heapUsedBytes).toBeGreaterThan(0);
  expect(sample.workingSetBytes === undefined).toBe(before.workingSetBytes === undefined);
});
