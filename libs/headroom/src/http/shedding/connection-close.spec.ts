import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from 'vitest';

import { canClose } from './connection-close.js';

const request = (headers: IncomingHttpHeaders, httpVersionMajor = 1) => ({ headers, httpVersionMajor });

describe('a connection can be closed after the answer', () => {
  it('when the request has no body', () => {
    for (const isRefused of [true, false]) {
      expect(canClose(request({}), isRefused)).toBe(true);
      expect(canClose(request({ 'content-length': '0' }), isRefused)).toBe(true);
    }
  });

  it('when nobody wants its body and dropping it would be work', () => {
    const huge = request({ 'content-length': `${100 * 1024 ** 2}` });
    expect(canClose(huge, true)).toBe(true);
    expect(canClose(huge, false)).toBe(false);
  });
});

describe('and cannot', () => {
  it.each([{ 'content-length': `${5 * 1024 ** 2}` }, { 'transfer-encoding': 'chunked' }])(
    'with %j: the client would see a reset',
    (headers) => {
      expect(canClose(request(headers), true)).toBe(false);
      expect(canClose(request(headers), false)).toBe(false);
    },
  );

  it('over HTTP/2, which has no such header', () => {
    expect(canClose(request({}, 2), true)).toBe(false);
  });
});
