import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { SafeLogger } from './safe-logger.js';

const LEVELS = ['log', 'warn', 'error', 'debug', 'verbose'] as const;

/** What `app.useLogger()` sets. */
function useLogger(write: (level: string, ...told: unknown[]) => void): void {
  const methods = LEVELS.map((level) => [level, (...told: unknown[]) => write(level, ...told)] as const);
  Logger.overrideLogger(Object.fromEntries(methods) as Record<(typeof LEVELS)[number], () => void>);
}

describe('SafeLogger', () => {
  afterEach(() => Logger.overrideLogger(false));

  it("writes to the app's logger, under its own name", () => {
    const told: unknown[][] = [];
    useLogger((...line) => told.push(line));
    const logger = new SafeLogger('Headroom');
    logger.log('a');
    logger.warn('b');
    logger.error('c');
    for (const level of LEVELS) logger.write(level, 'd');
    expect(told.map(([level, line]) => `${String(level)} ${String(line)}`)).toEqual([
      'log a',
      'warn b',
      'error c',
      ...LEVELS.map((level) => `${level} d`),
    ]);
    expect(told[0]!.at(-1)).toBe('Headroom');
  });

  it('follows a logger that is set later', () => {
    const logger = new SafeLogger('Headroom');
    const write = vi.fn<(level: string) => void>();
    useLogger(write);
    logger.log('a');
    expect(write).toHaveBeenCalledOnce();
  });

  it('throws nothing when that logger does', () => {
    useLogger(() => {
      throw new Error('the transport has ended');
    });
    const logger = new SafeLogger('Headroom');
    for (const level of LEVELS) expect(() => logger.write(level, 'a')).not.toThrow();
  });
});
