import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const FIXTURE = fileURLToPath(new URL('./fixtures/heap-course.mjs', import.meta.url));

interface Event {
  readonly level?: string;
  readonly reasons?: string[];
  readonly tooth?: number;
  readonly samplesAbove90?: number;
}

async function follow(flags: string[], ...args: string[]) {
  const child = spawn(process.execPath, [...flags, FIXTURE, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 45_000,
    killSignal: 'SIGKILL',
  });
  const ended = new Promise<NodeJS.Signals | null>((resolve) => {
    child.once('close', (_code, signal) => resolve(signal));
  });
  const [stdout, stderr, signal] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  const events = stdout.split('\n').filter(Boolean);
  return { events: events.map((line) => JSON.parse(line) as Event), stderr, signal };
}

describe('garbage that climbs above 90 % of the ceiling between two collections', () => {
  it('never makes pressure critical', async () => {
    // Without much room for young objects: what lives for a moment is left for the major collections.
    const flags = ['--expose-gc', '--max-semi-space-size=1', '--max-old-space-size=256'];
    const { events, stderr, signal } = await follow(flags, 'garbage', '50', '20');
    expect({ signal, stderr }).toEqual({ signal: null, stderr: '' });
    const teeth = events.filter(({ tooth }) => tooth !== undefined);
    expect(teeth).toHaveLength(2);
    // Two samples in a row change the level.
    expect(teeth.filter(({ samplesAbove90 = 0 }) => samplesAbove90 > 2)).not.toHaveLength(0);
    expect(events.filter(({ level }) => level === 'critical')).toEqual([]);
  });
});

describe('a leak', () => {
  it.each([
    ['160', '30'],
    ['384', '60'],
  ])('is critical before V8 gives up, with %s MB', async (oldSpace, mbPerSecond) => {
    const { events, stderr } = await follow([`--max-old-space-size=${oldSpace}`], 'leak', '250', mbPerSecond);
    expect(stderr).toContain('JavaScript heap out of memory');
    const critical = events.find(({ level }) => level === 'critical');
    expect(critical?.reasons?.[0]).toMatch(
      new RegExp(`^heap \\d+/${oldSpace}MB \\(\\d+ %\\)(, collecting in vain)?$`),
    );
  });
});
