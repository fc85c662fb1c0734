import { describe, expect, it } from 'vitest';

import { chargedRssBytes, isJudgedByWorkingSet, type VitalsSample } from './vitals-sample.js';

const sample = (more: Partial<VitalsSample> = {}) => ({ rssBytes: 300, ...more }) as VitalsSample;

describe('what counts of RSS', () => {
  it('is all of it where the limit is not that of the cgroup', () => {
    for (const last of [sample(), sample({ workingSetBytes: 200, workingSetLimitBytes: 2000 })]) {
      expect(isJudgedByWorkingSet(last, 1000)).toBe(false);
      expect(chargedRssBytes(last, 1000)).toBe(300);
    }
  });

  it('is all that is mapped under a limit of the address space', () => {
    const last = sample({ addressSpaceBytes: 900, addressSpaceLimitBytes: 1000 });
    expect(chargedRssBytes(last, 1000)).toBe(900);
    expect(chargedRssBytes(last, 800)).toBe(300);
  });

  it('is the working set under the limit of the cgroup, but not what others have in it', () => {
    for (const [workingSetBytes, chargedBytes] of [
      [250, 250],
      [500, 300],
    ]) {
      const last = sample({ workingSetBytes, workingSetLimitBytes: 1000 });
      expect(isJudgedByWorkingSet(last, 1000)).toBe(true);
      expect(chargedRssBytes(last, 1000)).toBe(chargedBytes);
    }
  });
});
