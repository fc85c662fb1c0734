import { type ExitExplanation, type ExitFacts, explainExit } from 'nestjs-headroom';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';

const MB = 1024 ** 2;
const FILL_HEAP = 'const kept = []; for (;;) kept.push({ row: new Array(100).fill(Math.random()) })';
const SYSTEMD = { kind: 'systemd', name: 'reports.service' } as const;

interface Run {
  readonly command: readonly string[];
  readonly facts?: Partial<ExitFacts>;
  /** Sent by somebody else when the process has printed something. */
  readonly kill?: NodeJS.Signals;
}

const node = (...args: readonly string[]): Run['command'] => [process.execPath, ...args];
const script = (source: string): Run => ({ command: node('-e', source) });

/** Runs a command to its end, and explains that. */
async function explain({ command: [file, ...args], facts, kill }: Run): Promise<ExitExplanation> {
  const child = spawn(file!, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  if (kill) child.stdout.once('data', () => child.kill(kill));
  const [stderr, [code, signal]] = await Promise.all([
    text(child.stderr),
    once(child, 'close') as Promise<[number | null, string | null]>,
  ]);
  return explainExit({ code, signal, stderr, surroundings: { kind: 'bare' }, ...facts });
}

/** Without what differs from run to run, and from one version of Node to the next. */
function stable({ text: whole }: ExitExplanation): string {
  return whole
    .replace(/collection: \d+MB, in \d+MB/, 'collection: nMB, in nMB')
    .replace(/Node\.js v[\d.]+/, 'Node.js vN')
    .replace(/( {2}\| +at .*\n)+/, '  |     at ...\n');
}

describe('a process that runs out of heap', () => {
  const heap = { command: node('--max-old-space-size=30', '-e', FILL_HEAP) };

  it('is told from what V8 said', async () => {
    const memory = { heapCeilingBytes: 30 * MB, limitBytes: 512 * MB };
    const explanation = await explain({
      ...heap,
      facts: { memory, surroundings: SYSTEMD, phase: 'running' },
    });
    expect(explanation).toMatchObject({
      cause: 'heap-limit',
      certainty: 'proven',
      isMemory: true,
      code: null,
      signal: 'SIGABRT',
      shellStatus: 134,
    });
    expect(stable(explanation)).toMatchInlineSnapshot(`
      "ran out of heap: V8's ceiling of 30MB was reached (SIGABRT, 134 in a shell)
      evidence: proven; its last words: FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory; its heap after the last collection: nMB, in nMB; it was at work
      memory: heap up to 30MB; limit 512MB
      last lines on stderr:
        | FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory
      what to change:
        - give V8 more: \`--max-old-space-size=48\` on its command line (\`execArgv\` of a child) or in NODE_OPTIONS
        - or let it hold less at a time: smaller batches, streams instead of whole results, less at once"
    `);
  });

  it('is told behind a shell too', async () => {
    const [file, ...args] = heap.command;
    const behind = ['sh', '-c', '"$@"; exit $?', 'sh', file!, ...args];
    expect(await explain({ command: behind })).toMatchObject({
      cause: 'heap-limit',
      certainty: 'proven',
      code: 134,
      shellStatus: 134,
      summary: "ran out of heap: V8's ceiling was reached (exit code 134, which is SIGABRT)",
    });
  });
});

describe('a process that is killed', () => {
  const waiting = 'console.log("up"); setInterval(() => {}, 1000)';

  it('by somebody, with little memory: is not said to be out of memory', async () => {
    const memory = { peakRssBytes: 45 * MB, limitBytes: 512 * MB };
    const explanation = await explain({ ...script(waiting), kill: 'SIGKILL', facts: { memory } });
    expect(explanation).toMatchObject({ cause: 'killed', certainty: 'likely', isMemory: false });
    expect(stable(explanation)).toMatchInlineSnapshot(`
      "was killed by somebody else: it was far from its limit (SIGKILL, 137 in a shell)
      evidence: likely, not proven; it had up to 45MB of 512MB
      memory: rss peak 45MB; limit 512MB
      what to change:
        - look who killed it: \`journalctl -k\` shows kills of the kernel; else a supervisor, a stop that took too long, an operator"
    `);
  });

  it('by somebody, and nothing is known', async () => {
    const explanation = await explain({ ...script(waiting), kill: 'SIGKILL' });
    expect(explanation).toMatchObject({ cause: 'killed', certainty: 'unknown', isMemory: false });
  });

  it('by us, since its time was up', async () => {
    const facts = { endedBy: 'timeout', timeoutMs: 1500 } as const;
    expect((await explain({ ...script(waiting), kill: 'SIGKILL', facts })).summary).toBe(
      'was ended: it was not done within 1500ms (SIGKILL, 137 in a shell)',
    );
  });

  it('by SIGTERM', async () => {
    expect(stable(await explain({ ...script(waiting), kill: 'SIGTERM' }))).toMatchInlineSnapshot(`
      "was told to stop by somebody else (SIGTERM, 143 in a shell)
      evidence: proven
      what to change:
        - look for who stops it: a deployment, a supervisor, an operator"
    `);
  });

  it('by SIGINT, or by another signal', async () => {
    expect((await explain({ ...script(waiting), kill: 'SIGINT' })).cause).toBe('interrupted');
    expect((await explain({ ...script(waiting), kill: 'SIGHUP' })).summary).toBe(
      'was ended by a signal (SIGHUP, 129 in a shell)',
    );
  });
});

describe('a process that ends itself', () => {
  it('by abort(), and had spoken of memory: that was no proof', async () => {
    const lines = 'console.error("[Worker] 12:00 FATAL ERROR: JavaScript heap out of memory");';
    const explanation = await explain(script(`${lines} process.abort()`));
    expect(explanation).toMatchObject({ cause: 'aborted', certainty: 'proven', isMemory: false });
    expect(stable(explanation)).toMatchInlineSnapshot(`
      "aborted (SIGABRT, 134 in a shell)
      evidence: proven; V8 did not write that memory ran out
      last lines on stderr:
        | [Worker] 12:00 FATAL ERROR: JavaScript heap out of memory
      what to change:
        - look for who aborts: \`process.abort()\`, an assertion of a native addon"
    `);
  });

  it('by a segmentation fault', async () => {
    const explanation = await explain(script('process.kill(process.pid, "SIGSEGV")'));
    expect(stable(explanation)).toMatchInlineSnapshot(`
      "crashed in native code (SIGSEGV, 139 in a shell)
      evidence: proven
      what to change:
        - look at native addons, and for a recursion that fills the stack in native code; as PID 1 of a container an abort ends like this too: start it under an init (\`docker run --init\`)"
    `);
  });

  it.each([
    ['process.exit(7)', 'exited', 'exited with code 7'],
    ['process.exit(0)', 'exited', 'exited with code 0, before it was done'],
    ['process.exit(9)', 'exited', 'exited with code 9'],
    [
      'process.exit(137)',
      'killed',
      'ended like a process that is killed, and by whom is not known (exit code 137, which is SIGKILL)',
    ],
    [
      'null.rows',
      'uncaught-error',
      "threw TypeError: Cannot read properties of null (reading 'rows'), uncaught (exit code 1)",
    ],
    ['throw "no rows"', 'uncaught-error', 'threw no rows, uncaught (exit code 1)'],
    [
      'Promise.reject(new RangeError("too many"))',
      'uncaught-error',
      'threw RangeError: too many, uncaught (exit code 1)',
    ],
    [
      'Promise.reject("no rows")',
      'uncaught-error',
      'rejected a promise with no rows, unhandled (exit code 1)',
    ],
    [
      'process.on("uncaughtException", () => { throw new Error("again") }); throw new Error("once")',
      'uncaught-error',
      'threw Error: again, uncaught (exit code 7)',
    ],
    [
      'new ArrayBuffer(2 ** 46)',
      'buffer-allocation',
      'could not allocate a buffer: threw RangeError: Array buffer allocation failed, uncaught (exit code 1)',
    ],
  ])('%s', async (source, cause, summary) => {
    expect(await explain(script(source))).toMatchObject({ cause, summary });
  });

  it('by an uncaught error, told whole', async () => {
    const explanation = await explain(script('throw new TypeError("rows is not iterable")'));
    expect(stable(explanation)).toMatchInlineSnapshot(`
      "threw TypeError: rows is not iterable, uncaught (exit code 1)
      evidence: proven
      last lines on stderr:
        | [eval]:1
        | throw new TypeError("rows is not iterable")
        | TypeError: rows is not iterable
        |     at ...
        | Node.js vN"
    `);
  });

  it('with an await that nobody settles', async () => {
    const command = node('--input-type=module', '-e', 'await new Promise(() => {})');
    expect((await explain({ command })).cause).toBe('unsettled-await');
  });
});

describe('a process that cannot start', () => {
  it('because of an option', async () => {
    const explanation = await explain({ command: node('--no-such-option', '-e', '1') });
    expect(explanation).toMatchObject({ cause: 'bad-option', certainty: 'proven' });
    expect(explanation.summary).toMatch(/^was started with an option that Node refuses: .*--no-such-option/);
  });

  it('behind a shell, because it is not there or not executable', async () => {
    expect((await explain({ command: ['sh', '-c', '/no/such/program'] })).cause).toBe('not-found');
    expect((await explain({ command: ['sh', '-c', '/etc/passwd'] })).cause).toBe('not-executable');
  });

  it('because it is not there', async () => {
    const child = spawn('/no/such/program');
    const [error] = (await once(child, 'error').catch((thrown: unknown) => [thrown])) as [unknown];
    expect(explainExit({ code: null, signal: null, error })).toMatchObject({
      cause: 'not-found',
      certainty: 'proven',
      summary: 'could not be started: Error: spawn /no/such/program ENOENT',
    });
  });

  it.skipIf(process.platform === 'win32')('because its address space is limited', async () => {
    const command = ['sh', '-c', 'ulimit -v 300000; exec "$0" -e 1', process.execPath];
    const explanation = await explain({ command, facts: { phase: 'starting' } });
    expect(explanation).toMatchObject({ cause: 'address-space-limit', isMemory: true });
    expect(explanation.advice.join()).toMatch(/ulimit -v unlimited/);
  });
});

it.skipIf(Number(process.versions.node.split('.')[0]) >= 24)('a thread that runs out of heap', async () => {
  const thread = new Worker(FILL_HEAP, { eval: true, resourceLimits: { maxOldGenerationSizeMb: 20 } });
  const [error] = (await once(thread, 'error')) as [unknown];
  const explanation = explainExit({
    code: 1,
    signal: null,
    error,
    isThread: true,
    memory: { heapCeilingBytes: 20 * MB },
  });
  expect(explanation).toMatchObject({ cause: 'thread-out-of-memory', certainty: 'proven', isMemory: true });
  expect(stable(explanation)).toMatchInlineSnapshot(`
    "ran out of heap: the thread's limit of 20MB was reached (ERR_WORKER_OUT_OF_MEMORY)
    evidence: proven; Error: Worker terminated due to reaching memory limit: JS heap out of memory
    memory: heap up to 20MB
    what to change:
      - give V8 more: \`resourceLimits.maxOldGenerationSizeMb: 32\`
      - or let it hold less at a time: smaller batches, streams instead of whole results, less at once"
  `);
});
