import { describe, expect, it } from 'vitest';

import { fromPlainError, toPlainError } from './plain-error.js';

describe('an error that is sent between processes', () => {
  it('arrives with its name, message, stack, code and cause', () => {
    const error = Object.assign(new RangeError('bad market', { cause: new Error('no rows') }), {
      code: 'E_MARKET',
    });
    expect(fromPlainError(structuredClone(toPlainError(error)))).toMatchObject({
      name: 'RangeError',
      message: 'bad market',
      stack: error.stack,
      code: 'E_MARKET',
      cause: expect.objectContaining({ message: 'no rows' }),
    });
  });

  it.each([
    ['a message that is no text', Object.assign(new Error(), { message: { f: () => 1 } }), '[object Object]'],
    ['no error', null, 'null'],
    ['a symbol', Symbol('market'), 'Symbol(market)'],
  ])('may have %s', (_what, thrown, message) => {
    expect(structuredClone(toPlainError(thrown))).toMatchObject({ name: 'Error', message });
  });

  it('has a message and a stack of no more than 64 KB', () => {
    const { message, stack } = toPlainError(new Error('x'.repeat(1_000_000)));
    expect(message).toMatch(/^x{65536}\.\.\. \(934464 characters more\)$/);
    expect(stack!.length).toBeLessThan(66_000);
  });
});
