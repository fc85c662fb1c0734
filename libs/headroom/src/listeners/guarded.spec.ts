import { describe, expect, it, vi } from 'vitest';

import { describeError, guarded } from './guarded.js';

describe('guarded work', () => {
  it('gets its arguments', () => {
    const work = vi.fn<(count: number, name: string) => void>();
    guarded({ error: () => undefined }, 'working', work)(1, 'two');
    expect(work).toHaveBeenCalledExactlyOnceWith(1, 'two');
  });

  it('that throws is reported once, does not throw, and is tried again', () => {
    const error = vi.fn<(line: string) => void>();
    const work = vi.fn<() => void>(() => {
      throw new Error('broken');
    });
    const safe = guarded({ error }, 'working', work);
    for (let count = 0; count < 3; count++) expect(safe).not.toThrow();
    expect(work).toHaveBeenCalledTimes(3);
    expect(error).toHaveBeenCalledOnce();
    expect(error.mock.calls[0]![0]).toMatch(
      /^working failed; it will not be reported again\. Error: broken\n {4}at /,
    );
  });
});

describe('guarded work with a logger that throws', () => {
  it('does not throw either', () => {
    const error = vi.fn<(line: string) => void>(() => {
      throw new Error('disk full');
    });
    const safe = guarded({ error }, 'working', () => {
      throw new Error('broken');
    });
    for (let count = 0; count < 3; count++) expect(safe).not.toThrow();
    expect(error).toHaveBeenCalledOnce();
  });
});

describe('describeError', () => {
  it('shows the stack of an error, and its message where it has none', () => {
    const error = new Error('broken');
    expect(describeError(error)).toBe(error.stack);
    delete error.stack;
    expect(describeError(error)).toBe('broken');
  });

  it('shows anything else as a text', () => {
    expect(describeError('broken')).toBe('broken');
    expect(describeError(undefined)).toBe('undefined');
    expect(describeError(Object.create(null))).toContain('null prototype');
  });
});
