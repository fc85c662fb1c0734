import { array, assert, asyncProperty, constantFrom, nat, record } from 'fast-check';
import { expect, it } from 'vitest';

import { deferred, turns } from '../fixtures/turns.js';
import { TurnGate } from '../turn-gate.js';
import { SingleFlight } from './single-flight.js';

const KEYS = ['a', 'b', 'c'] as const;
const MAX_ENTRIES = 2;

/** A computation, as somebody would write it down who watches. */
class Load {
  readonly ends = deferred<string>();
  signal: AbortSignal | undefined;
  outcome: string | undefined;
  isAbandoned = false;
  waiting = 0;

  constructor(
    readonly name: string,
    readonly isBehind: boolean,
  ) {}

  readonly loader = (signal: AbortSignal): Promise<string> => {
    this.signal = signal;
    return this.ends.promise;
  };
}

interface Call {
  readonly expected: Load | string;
  readonly client: AbortController;
  answer: string | undefined;
  isAborted: boolean;
}

/** What is kept and in flight, the last asked for last. */
class Model {
  kept = new Map<string, { value: string; at: number; refreshAt: number }>();
  readonly flights = new Map<string, Load>();

  constructor(
    private readonly ttlMs: number,
    private readonly staleMs: number,
  ) {}

  /** What a call gets, and the load that it starts. */
  call(key: string, name: string, now: number): { expected: Load | string; started?: Load } {
    const kept = this.kept.get(key);
    const age = kept ? now - kept.at : Infinity;
    if (kept) this.kept.delete(key);
    if (kept && age < this.ttlMs + this.staleMs) {
      this.kept.set(key, kept);
      if (age < this.ttlMs || now < kept.refreshAt || this.flights.has(key)) return { expected: kept.value };
      kept.refreshAt = now + 1000;
      return { expected: kept.value, started: this.launch(key, name, true) };
    }
    const running = this.flights.get(key);
    if (running) return { expected: running };
    const started = this.launch(key, name, false);
    return { expected: started, started };
  }

  landed(load: Load, now: number): void {
    for (const [key, flight] of this.flights) {
      if (flight !== load) continue;
      this.flights.delete(key);
      if (load.outcome !== `value of ${load.name}` || this.ttlMs + this.staleMs === 0) return;
      this.kept.delete(key);
      this.kept.set(key, { value: load.outcome, at: now, refreshAt: now });
      if (this.kept.size > MAX_ENTRIES) this.kept.delete(this.kept.keys().next().value!);
    }
  }

  abandoned(load: Load): void {
    load.isAbandoned = true;
    for (const [key, flight] of this.flights) if (flight === load) this.flights.delete(key);
  }

  private launch(key: string, name: string, isBehind: boolean): Load {
    const load = new Load(name, isBehind);
    this.flights.set(key, load);
    return load;
  }
}

const step = record({
  act: constantFrom(
    'call',
    'call',
    'call',
    'call',
    'resolve',
    'resolve',
    'reject',
    'abort',
    'invalidate',
    'clear',
    'turn',
  ),
  key: constantFrom(...KEYS),
  index: nat(9),
  passedMs: constantFrom(0, 0, 1, 60, 1000),
});
const rules = record({
  ttlMs: constantFrom(0, 100),
  staleMs: constantFrom(0, 100, 3000),
  sliceMs: constantFrom(0, 10),
});

const unexpected = (): never => {
  throw new Error('a load that nobody expected');
};

it('gives every caller what it should get, once, in any order of events', async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown) => unhandled.push(error);
  process.on('unhandledRejection', note);
  await assert(
    asyncProperty(rules, array(step, { maxLength: 60 }), async ({ ttlMs, staleMs, sliceMs }, steps) => {
      let now = 1000;
      const gate = new TurnGate({ sliceMs, startsPerTurn: 1 }, () => now);
      const options = {
        ttlMs,
        staleWhileRevalidateMs: staleMs,
        maxEntries: MAX_ENTRIES,
        onError: () => undefined,
      };
      const flights = new SingleFlight<string, string>(options, gate, () => now);
      const model = new Model(ttlMs, staleMs);
      const calls: Call[] = [];
      const loads: Load[] = [];

      const call = (key: string) => {
        const { expected, started } = model.call(key, `load ${loads.length}`, now);
        if (started) loads.push(started);
        if (expected instanceof Load) expected.waiting++;
        const made: Call = { expected, client: new AbortController(), answer: undefined, isAborted: false };
        calls.push(made);
        const answered = (answer: string) => {
          if (made.answer !== undefined) throw new Error('answered twice');
          made.answer = answer;
        };
        flights
          .run(key, started?.loader ?? unexpected, { signal: made.client.signal })
          .then(answered, (error: unknown) => answered(String(error)));
      };
      const settle = async (load: Load | undefined, isGood: boolean) => {
        if (!load?.signal || load.outcome !== undefined) return;
        load.outcome = `${isGood ? 'value' : 'error'} of ${load.name}`;
        if (isGood) load.ends.resolve(load.outcome);
        else load.ends.reject(load.outcome);
        for (let hop = 0; hop < 10; hop++) await Promise.resolve();
        if (!load.isAbandoned) model.landed(load, now);
      };
      const abort = (made: Call | undefined) => {
        if (!made || made.answer !== undefined || made.isAborted || !(made.expected instanceof Load)) return;
        const load = made.expected;
        made.isAborted = true;
        made.client.abort('aborted');
        if (load.outcome !== undefined) return;
        if (--load.waiting === 0 && !load.isBehind) model.abandoned(load);
        expect(load.signal?.aborted ?? false).toBe(load.isAbandoned);
      };

      for (const { act, key, index, passedMs } of steps) {
        now += passedMs;
        if (act === 'call') call(key);
        else if (act === 'resolve' || act === 'reject') await settle(loads[index], act === 'resolve');
        else if (act === 'abort') abort(calls[index]);
        else if (act === 'turn') await turns(1);
        else if (act === 'invalidate') {
          model.kept.delete(key);
          model.flights.delete(key);
          flights.invalidate(key);
        } else {
          model.kept.clear();
          model.flights.clear();
          flights.clear();
        }
        expect(flights.size).toBe(model.kept.size);
        expect(flights.counters.loads).toBe(loads.length);
      }
      await turns(2 * calls.length + 2);
      for (const load of loads) await settle(load, true);
      await turns(2 * calls.length + 2);
      for (const { answer, expected, isAborted } of calls) {
        expect(answer).toBe(isAborted ? 'aborted' : expected instanceof Load ? expected.outcome : expected);
      }
      expect(loads.filter(({ signal }) => signal?.aborted)).toEqual(loads.filter((each) => each.isAbandoned));
    }),
    { numRuns: 300 },
  );
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});
