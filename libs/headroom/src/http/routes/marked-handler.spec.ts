import 'reflect-metadata';
import { SetMetadata } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { loopWork } from '../../vitals/index.js';
import { isMarked, markedHandler, nameHandler } from './marked-handler.js';

type Handler = Parameters<typeof markedHandler>[0];

class ReportController {}
class SpecialController {}

beforeEach(() => {
  loopWork.isWatched = true;
  loopWork.forget(performance.now());
});
afterEach(() => {
  loopWork.isWatched = false;
});

function busy(): void {
  const until = performance.now() + 12;
  while (performance.now() < until);
}

function echo(this: unknown, ...args: unknown[]) {
  return [this, args];
}

const onStack = () => loopWork.look(performance.now()).stretches.map(({ work }) => work);

describe('a marked handler', () => {
  it('gets its `this` and arguments, and returns the same value', () => {
    const self = {};
    expect(markedHandler(echo, ReportController).call(self, 1, 'two')).toEqual([self, [1, 'two']]);
  });

  it('looks to Nest as the other did: name, length, metadata', () => {
    const handler = ((_id: unknown, _body: unknown) => undefined) as Handler;
    Object.defineProperty(handler, 'name', { value: 'find' });
    SetMetadata('roles', ['admin'])(handler);
    const marked = markedHandler(handler, ReportController);
    expect([marked.name, marked.length]).toEqual(['find', 2]);
    expect(Reflect.getMetadata('roles', marked)).toEqual(['admin']);
  });

  it('is on the stack until it returns or throws, by the name of its route', () => {
    const failing = markedHandler(() => {
      busy();
      throw new Error('after all that');
    }, ReportController);
    nameHandler(failing, 'GET /reports');
    expect(() => failing()).toThrow('after all that');
    expect(onStack()).toEqual([{ kind: 'request', name: 'GET /reports' }]);
  });

  it('has the name of its class and method until its route is known', () => {
    const find = { find: () => busy() }.find;
    markedHandler(find, ReportController)();
    expect(onStack()).toMatchObject([{ name: 'ReportController.find' }]);
  });

  it('is marked once for each controller that has it', () => {
    const find = { find: () => busy() }.find;
    const base = markedHandler(find, ReportController);
    const inherited = markedHandler(base, SpecialController);
    nameHandler(base, 'GET /reports');
    nameHandler(inherited, 'GET /special');
    inherited();
    expect(onStack()).toMatchObject([{ name: 'GET /special' }]);
    expect([isMarked(find), isMarked(base), isMarked(inherited)]).toEqual([false, true, true]);
  });
});
