import { describe, expect, it } from 'vitest';

import { childEnvironment, childExecArgv } from './child-environment.js';

describe('the environment of a child', () => {
  it('has no sizes, debuggers and reports of the parent, and keeps what finds modules', () => {
    const NODE_OPTIONS =
      '--max-old-space-size=1536 --require "/app/with space/.pnp.cjs" --inspect=9229 --max_semi_space_size=64 --enable-source-maps --report-on-fatalerror';
    expect(childEnvironment({ NODE_OPTIONS, HOME: '/root' })).toEqual({
      NODE_OPTIONS: '--require "/app/with space/.pnp.cjs" --enable-source-maps',
      HOME: '/root',
    });
  });

  it('has no NODE_OPTIONS when nothing of it is left', () => {
    expect(childEnvironment({ NODE_OPTIONS: '--max-old-space-size=1536' })).toEqual({});
    expect(childEnvironment({ A: '1' }, { B: '2' })).toEqual({ A: '1', B: '2' });
  });
});

describe("node's arguments of a child", () => {
  it('are its own ceiling, last, so that it holds', () => {
    expect(childExecArgv(512.9 * 1024 ** 2, ['--import', 'tsx'])).toEqual([
      '--import',
      'tsx',
      '--max-old-space-size=512',
    ]);
    expect(childExecArgv(0, [])).toEqual(['--max-old-space-size=1']);
  });
});
