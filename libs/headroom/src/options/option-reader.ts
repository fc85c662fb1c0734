import { InvalidOptionsError, type OptionProblem, type OptionsPlace } from '../errors/index.js';
import { formatMb, parseBytes } from '../units/index.js';

interface Range {
  readonly min: number;
  readonly max?: number;
}

/**
 * Reads values out of an options object by their path, notes what is wrong, and throws all of it at once.
 * A key that nobody asked for is wrong too: a misspelt option must not be ignored in silence.
 */
export class OptionReader {
  private readonly problems: OptionProblem[] = [];
  private readonly known = new Set<string>();
  private readonly elsewhere: string[] = [];
  private readonly ignored = new Set<string>();

  constructor(private readonly root: unknown) {
    if (root !== undefined && !isPlainObject(root)) this.reject('options', root, 'an object');
  }

  oneOf<T extends string | boolean>(path: string, allowed: readonly T[], fallback: T): T {
    const value = this.at(path);
    if (value === undefined) return fallback;
    if (allowed.includes(value as T)) return value as T;
    this.reject(path, value, allowed.map((one) => JSON.stringify(one)).join(', '));
    return fallback;
  }

  number(path: string, range: Range, fallback: number): number {
    const value = this.at(path);
    if (value === undefined) return fallback;
    if (isWithin(value, range)) return value;
    this.reject(path, value, `a number ${describeRange(range)}`);
    return fallback;
  }

  integer(path: string, range: Range, fallback: number): number {
    const value = this.at(path);
    if (value === undefined) return fallback;
    if (isWithin(value, range) && Number.isInteger(value)) return value;
    this.reject(path, value, `a whole number ${describeRange(range)}`);
    return fallback;
  }

  numberOrFalse(path: string, range: Range, fallback: number | false): number | false {
    const value = this.at(path);
    if (value === undefined) return fallback;
    if (value === false || isWithin(value, range)) return value;
    this.reject(path, value, `false or a number ${describeRange(range)}`);
    return fallback;
  }

  integerOrFalse(path: string, range: Range, fallback: number | false): number | false {
    const value = this.at(path);
    if (value === undefined) return fallback;
    if (value === false || (isWithin(value, range) && Number.isInteger(value))) return value;
    this.reject(path, value, `false or a whole number ${describeRange(range)}`);
    return fallback;
  }

  bytes(path: string, minBytes: number): number | undefined {
    const value = this.at(path);
    if (value === undefined) return undefined;
    const bytes = parseBytes(value);
    if (bytes !== undefined && bytes >= minBytes) return bytes;
    this.reject(path, value, `bytes or a text such as '512mb' or '1.5gb', at least ${formatMb(minBytes)}`);
    return undefined;
  }

  /** Bytes, or a share of a limit: no number of bytes is between 0 and 1. */
  bytesOrShare(path: string, minBytes: number): { bytes: number } | { share: number } | undefined {
    const value = this.at(path);
    if (value === undefined) return undefined;
    if (typeof value === 'number' && value > 0 && value <= 1) return { share: value };
    const bytes = parseBytes(value);
    if (bytes !== undefined && bytes >= minBytes) return { bytes };
    const least = formatMb(minBytes);
    this.reject(
      path,
      value,
      `a share of the limit above 0, up to 1, or bytes such as '400mb', at least ${least}`,
    );
    return undefined;
  }

  optionalInteger(path: string, range: Range): number | undefined {
    return this.at(path) === undefined ? undefined : this.integer(path, range, NaN);
  }

  /** What no other method reads: a function, or one of several shapes. */
  optional<T>(path: string, allowed: string, test: (value: unknown) => value is T): T | undefined {
    const value = this.at(path);
    if (value === undefined || test(value)) return value;
    this.reject(path, value, allowed);
    return undefined;
  }

  text(path: string, allowed: string): string | undefined {
    const value = this.at(path);
    if (value === undefined) return undefined;
    if (typeof value === 'string' && value.trim() !== '') return value;
    this.reject(path, value, allowed);
    return undefined;
  }

  strings(path: string, allowed: string, test: (one: string) => boolean, fallback: readonly string[]) {
    return this.list(path, allowed, (one) => typeof one === 'string' && test(one), fallback);
  }

  list<T>(path: string, allowed: string, test: (one: unknown) => boolean, fallback: readonly T[]) {
    const value = this.at(path);
    if (value === undefined) return fallback;
    if (Array.isArray(value) && value.every(test)) return [...value] as T[];
    this.reject(path, value, allowed);
    return fallback;
  }

  /** A section that may be switched off with `false`; reads as `undefined` when it is not `false`. */
  switchedOff(path: string): boolean {
    this.known.add(path);
    return valueAt(this.root, path) === false;
  }

  /** Whether there is a section that is off by itself; `false` is allowed too. */
  hasSection(path: string): boolean {
    this.known.add(path);
    return isPlainObject(valueAt(this.root, path));
  }

  /** An option that stands elsewhere: beside these. */
  forbid(path: string, allowed: string): void {
    this.elsewhere.push(path);
    const value = valueAt(this.root, path);
    if (value === undefined) return;
    this.known.add(path);
    this.reject(path, value, allowed);
  }

  /** An option, and all below it, that somebody else checks. */
  ignore(path: string): void {
    this.ignored.add(path);
  }

  reject(option: string, received: unknown, allowed: string): void {
    this.problems.push({ option, received: describe(received), allowed });
  }

  /** @throws {InvalidOptionsError} when anything was wrong */
  finish(place?: OptionsPlace): void {
    this.rejectUnknownKeys(this.root, '');
    if (this.problems.length > 0) throw new InvalidOptionsError(this.problems, place);
  }

  private at(path: string): unknown {
    this.known.add(path);
    return valueAt(this.root, path);
  }

  private rejectUnknownKeys(value: unknown, prefix: string): void {
    if (!isPlainObject(value)) return;
    for (const key of Object.keys(value)) {
      const path = prefix + key;
      if (this.ignored.has(path)) continue;
      const received = value[key];
      const isKnown = this.known.has(path);
      const children = this.childrenOf(`${path}.`);
      if (children.length > 0) {
        const isOff = received === undefined || (isKnown && received === false);
        if (isPlainObject(received)) this.rejectUnknownKeys(received, `${path}.`);
        else if (!isOff) {
          this.reject(path, received, `${isKnown ? 'false or ' : ''}an object with ${children.join(', ')}`);
        }
      } else if (!isKnown) {
        this.reject(path, received, `one of ${this.namesBelow(prefix).join(', ')}; there is no "${key}"`);
      }
    }
  }

  private namesBelow(prefix: string): string[] {
    return prefix === '' ? [...this.childrenOf(prefix), ...this.elsewhere] : this.childrenOf(prefix);
  }

  private childrenOf(prefix: string): string[] {
    const below = [...this.known].filter((path) => path.startsWith(prefix));
    return [...new Set(below.map((path) => path.slice(prefix.length).split('.')[0]!))];
  }
}

function valueAt(root: unknown, path: string): unknown {
  let value = root;
  for (const key of path.split('.')) value = isPlainObject(value) ? value[key] : undefined;
  return value;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isWithin(value: unknown, { min, max = Infinity }: Range): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= min && value <= max;
}

function describeRange({ min, max }: Range): string {
  return max === undefined ? `of at least ${min}` : `from ${min} to ${max}`;
}

function describe(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'number' || value === undefined) return String(value);
  try {
    const text = JSON.stringify(value);
    return text.length > 80 ? `${text.slice(0, 77)}...` : text;
  } catch {
    return typeof value;
  }
}
