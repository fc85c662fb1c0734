import { ProcessSlot, type WorkKind, type WorkObserver, type WorkOutcome } from '../vitals/index.js';

/** Decorated methods find the module that records them here. */
export const workObserver = new ProcessSlot<WorkObserver>();

type Method = (this: unknown, ...args: unknown[]) => unknown;

const OBSERVED = Symbol('resilience:observed');

/**
 * The same method, announced to the recorder when it starts and when it ends: when it returns, or when the
 * promise that it returns settles. Keeps its name, its length and the metadata that other decorators left.
 */
export function observedMethod(method: Method, kind: WorkKind, name: string): Method {
  if (Object.hasOwn(method, OBSERVED)) return method;
  const observed = function (this: unknown, ...args: unknown[]): unknown {
    const observer = workObserver.current;
    if (!observer) return method.apply(this, args);
    const run = observer.started(kind, name);
    const end = (outcome: WorkOutcome, error?: unknown) => observer.ended(run, outcome, error);
    let result: unknown;
    try {
      result = method.apply(this, args);
    } catch (error) {
      end('failed', error);
      throw error;
    }
    if (!(result instanceof Promise)) {
      end('ok');
      return result;
    }
    return result.then(
      (value: unknown) => {
        end('ok');
        return value;
      },
      (error: unknown) => {
        end('failed', error);
        throw error;
      },
    );
  };
  Object.defineProperty(observed, 'name', { value: method.name });
  Object.defineProperty(observed, 'length', { value: method.length });
  Object.defineProperty(observed, OBSERVED, { value: true });
  for (const key of Reflect.getOwnMetadataKeys(method)) {
    Reflect.defineMetadata(key, Reflect.getOwnMetadata(key, method), observed);
  }
  return observed;
}
