import { Controller, Get, Header, Post } from '@nestjs/common';
import { describe, expect, it } from 'vitest';

import { Cooperative } from './cooperative.decorator.js';
import { block, Turns } from './fixtures/turns.js';

class Base {
  @Get('inherited')
  inherited(): Promise<string> | string {
    return 'inherited';
  }
}

@Cooperative({ sliceMs: 0 })
@Controller()
class Reports extends Base {
  readonly name = 'reports';

  @Get('one')
  @Header('x-kind', 'report')
  one(id: string, _other?: string): Promise<string> | string {
    return `${this.name} ${id}`;
  }

  @Cooperative({ sliceMs: 1000 })
  @Post('two')
  two(): Promise<string> | string {
    return 'two';
  }

  helper(): string {
    return 'helper';
  }
}

describe('@Cooperative()', () => {
  it('gives each call a turn of its own', async () => {
    class Work {
      @Cooperative()
      run(): Promise<number> | number {
        const turn = watch.count;
        block(12);
        return turn;
      }
    }
    const watch = new Turns();
    const work = new Work();
    const seen = await Promise.all(Array.from({ length: 10 }, async () => work.run()));
    watch.stop();
    expect(new Set(seen).size).toBe(10);
  });

  it('on a controller wraps its handlers, inherited ones too, and nothing else', async () => {
    const reports = new Reports();
    expect(reports.one('5')).toBeInstanceOf(Promise);
    expect(await reports.one('5')).toBe('reports 5');
    expect(await reports.inherited()).toBe('inherited');
    expect(reports.inherited()).toBeInstanceOf(Promise);
    expect(new Base().inherited()).toBe('inherited');
    expect(reports.helper()).toBe('helper');
  });

  it('keeps name, length and metadata', () => {
    const { one, inherited } = Reports.prototype as unknown as Record<'one' | 'inherited', () => void>;
    expect([one.name, one.length]).toEqual(['one', 2]);
    expect(Reflect.getMetadata('path', one)).toBe('one');
    expect(Reflect.getMetadata('__headers__', one)).toEqual([{ name: 'x-kind', value: 'report' }]);
    expect(Reflect.getMetadata('path', inherited)).toBe('inherited');
  });

  it('rejects with what the method throws when it had to wait', async () => {
    class Failing {
      @Cooperative({ sliceMs: 0 })
      run(): Promise<void> | void {
        throw new TypeError('no');
      }
    }
    await expect(new Failing().run()).rejects.toThrow(TypeError);
  });

  it('takes the slice of a method before that of its controller', async () => {
    const reports = new Reports();
    await reports.one('first, so that a turn has begun');
    expect(reports.two()).toBe('two');
    expect(reports.one('5')).toBeInstanceOf(Promise);
  });

  it('refuses what it cannot serve, when the class is made', () => {
    expect(() => Cooperative({ sliceMs: NaN })).toThrow('@Cooperative(): sliceMs: received NaN');
    expect(() => Cooperative()(class Plain {})).toThrow('Plain has no route handlers');
    expect(() => Cooperative()({}, 'field', undefined)).toThrow('field is not a method');
  });
});
