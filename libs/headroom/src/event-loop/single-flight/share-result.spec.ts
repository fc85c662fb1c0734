import 'reflect-metadata';
import { describe, expect, it } from 'vitest';

import { InvalidOptionsError } from '../../errors/index.js';
import { ShareResult, type ShareResultOptions } from './share-result.decorator.js';

function Note(text: string): MethodDecorator {
  return (_target, _key, descriptor) => Reflect.defineMetadata('note', text, descriptor.value as object);
}

class Bundles {
  built: string[] = [];

  constructor(private readonly version: number) {}

  @ShareResult({ key: (name: string, ecma: number) => `${name}@${ecma}` })
  @Note('below')
  async build(name: string, ecma: number): Promise<string> {
    this.built.push(name);
    await Promise.resolve();
    return `${name}@${ecma} v${this.version}`;
  }

  @Note('above')
  @ShareResult({ key: () => 'all', ttlMs: 60_000 })
  async list(): Promise<string[]> {
    this.built.push('list');
    if (this.version === 0) throw new Error('there is none');
    return this.built;
  }
}

describe('@ShareResult()', () => {
  it('shares what is in flight by key, per instance, with `this` and the arguments of the first', async () => {
    const [first, second] = [new Bundles(1), new Bundles(2)];
    const names = ['rxjs', 'rxjs', 'vendor'];
    const answers = await Promise.all(
      [first, second].flatMap((each) => names.map((name) => each.build(name, 5))),
    );
    expect(answers).toEqual([
      'rxjs@5 v1',
      'rxjs@5 v1',
      'vendor@5 v1',
      'rxjs@5 v2',
      'rxjs@5 v2',
      'vendor@5 v2',
    ]);
    expect(first.built).toEqual(['rxjs', 'vendor']);
    expect(second.built).toEqual(['rxjs', 'vendor']);
    await first.build('rxjs', 5);
    expect(first.built).toEqual(['rxjs', 'vendor', 'rxjs']);
  });

  it('keeps the result for a ttlMs, but no error', async () => {
    const good = new Bundles(1);
    await good.list();
    await good.list();
    expect(good.built).toEqual(['list']);
    const bad = new Bundles(0);
    await expect(bad.list()).rejects.toThrow('there is none');
    await expect(bad.list()).rejects.toThrow('there is none');
    expect(bad.built).toEqual(['list', 'list']);
  });

  it('keeps name, length and the metadata of other decorators', () => {
    const { build, list } = Bundles.prototype as unknown as Record<'build' | 'list', () => void>;
    expect([build.name, build.length, list.name, list.length]).toEqual(['build', 2, 'list', 0]);
    expect(Reflect.getMetadata('note', build)).toBe('below');
    expect(Reflect.getMetadata('note', list)).toBe('above');
  });

  it('rejects when the key cannot be made, as the method would', async () => {
    class Failing {
      @ShareResult({ key: (user: { id: string }) => user.id })
      async read(user: { id: string }): Promise<string> {
        return user.id;
      }
    }
    await expect(new Failing().read(undefined as unknown as { id: string })).rejects.toThrow(TypeError);
  });

  it('refuses wrong options when the class is made', () => {
    expect(() => ShareResult({} as ShareResultOptions)).toThrow('@ShareResult({ key }): received undefined');
    expect(() => ShareResult({ key: () => 1, ttlMs: -1 })).toThrow(InvalidOptionsError);
    const decorate = ShareResult({ key: () => 1 }) as unknown as MethodDecorator;
    expect(() => decorate({}, 'field', undefined as unknown as PropertyDescriptor)).toThrow(
      'field is not a method',
    );
  });
});
