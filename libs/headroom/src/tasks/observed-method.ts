import { standIn } from '../listeners/index.js';
import {
  loopWork,
  NamedRun,
  ProcessSlot,
  type WorkKind,
  type WorkObserver,
  type WorkOutcome,
  type WorkRun,
} from '../vitals/index.js';

/** Decorated methods find the module that records them here. */
export const workObserver = new ProcessSlot<WorkObserver>();

type Method = (this: unknown, ...args: unknown[]) => unknown;

const OBSERVED = Symbol('resilience:observed');

/**
 * The same method, announced to the recorder when it starts and when it ends: when it returns, or when the
 * promise that it returns settles. Of anything else that settles later (an Observable, a lazy query) only the
 * call is measured. Keeps its name, its length and the metadata that other decorators left.
 *
 * @param name a text, or made from the instance that the method is called on
 */
export function observedMethod(
  method: Method,
  kind: WorkKind,
  name: string | ((self: unknown) => string),
): Method {
  if (Object.hasOwn(method, OBSERVED)) return method;
  const observed = function (this: unknown, ...args: unknown[]): unknown {
    const observer = workObserver.current;
    if (!observer) return method.apply(this, args);
    const run = new NamedRun(kind, typeof name === 'string' ? name : name(this));
    observer.started(run);
    const end = (outcome: WorkOutcome, error?: unknown) => observer.ended(run, outcome, error);
    let result: unknown;
    try {
      result = onStack(run, method, this, args);
    } catch (error) {
      end('failed', error);
      throw error;
    }
    if (result instanceof Promise) return endWith(result, end);
    end('ok');
    return result;
  };
  Object.defineProperty(observed, OBSERVED, { value: true });
  return standIn(observed, method);
}

function onStack(run: WorkRun, method: Method, self: unknown, args: unknown[]): unknown {
  const enteredAtMs = loopWork.enter(run);
  try {
    return method.apply(self, args);
  } finally {
    loopWork.leave(enteredAtMs);
  }
}

function endWith(
  promise: Promise<unknown>,
  end: (outcome: WorkOutcome, error?: unknown) => void,
): Promise<unknown> {
  const settled = promise.then(
    (value) => {
      end('ok');
      return value;
    },
    (error: unknown) => {
      end('failed', error);
      throw error;
    },
  );
  const isPlain =
    Object.getPrototypeOf(promise) === Promise.prototype && Reflect.ownKeys(promise).length === 0;
  if (isPlain) return settled;
  // It has more to it than a promise (`kill()`, `cancel()`), so the caller gets it as it is.
  settled.catch(() => undefined);
  return promise;
}
