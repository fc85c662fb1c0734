import { formatMb, toMb } from '../units/index.js';
import { isStackLine } from './fatal-words.js';
import { type KnownFacts, oneLine } from './known-facts.js';
import type { Verdict } from './verdict.js';

const MAX_LINES = 12;
const MAX_LINE_LENGTH = 300;

/** Summary, evidence, memory, the last lines of stderr, advice. */
export function formatExit(
  summary: string,
  { certainty, evidence }: Verdict,
  facts: KnownFacts,
  advice: readonly string[],
): string {
  const phase = facts.phase === undefined ? [] : [PHASES[facts.phase]];
  const memory = describeMemory(facts);
  const stderr = lastLines(facts.stderr ?? '');
  return [
    summary,
    `evidence: ${[CERTAINTIES[certainty], ...evidence, ...phase].join('; ')}`,
    ...(memory === '' ? [] : [`memory: ${memory}`]),
    ...(stderr.length === 0 ? [] : ['last lines on stderr:', ...stderr.map((line) => `  | ${line}`)]),
    ...(advice.length === 0 ? [] : ['what to change:', ...advice.map((one) => `  - ${one}`)]),
  ].join('\n');
}

const CERTAINTIES: Readonly<Record<Verdict['certainty'], string>> = {
  proven: 'proven',
  likely: 'likely, not proven',
  unknown: 'not known',
};

const PHASES: Readonly<Record<NonNullable<KnownFacts['phase']>, string>> = {
  starting: 'it was starting',
  running: 'it was at work',
  idle: 'it had nothing to do',
};

/** `rss 60MB at start, 540MB last, peak 548MB; heap 500/512MB; limit 1024MB` */
function describeMemory({ memory }: KnownFacts): string {
  const { startRssBytes, lastRssBytes, endRssBytes, peakRssBytes, limitBytes } = memory;
  const rss = [
    startRssBytes === undefined ? '' : `${formatMb(startRssBytes)} at start`,
    lastRssBytes === undefined ? '' : `${formatMb(lastRssBytes)} last`,
    endRssBytes === undefined ? '' : `${formatMb(endRssBytes)} at end`,
    peakRssBytes === undefined ? '' : `peak ${formatMb(peakRssBytes)}`,
  ].filter(Boolean);
  return [
    rss.length === 0 ? '' : `rss ${rss.join(', ')}`,
    describeHeap(memory),
    limitBytes === undefined ? '' : `limit ${formatMb(limitBytes)}`,
  ]
    .filter(Boolean)
    .join('; ');
}

function describeHeap({ lastHeapUsedBytes, heapCeilingBytes }: KnownFacts['memory']): string {
  if (lastHeapUsedBytes !== undefined && heapCeilingBytes !== undefined)
    return `heap ${toMb(lastHeapUsedBytes)}/${formatMb(heapCeilingBytes)}`;
  if (heapCeilingBytes !== undefined) return `heap up to ${formatMb(heapCeilingBytes)}`;
  return lastHeapUsedBytes === undefined ? '' : `heap ${formatMb(lastHeapUsedBytes)}`;
}

/** What people can read of it: stacks of C++ push everything else out. */
function lastLines(stderr: string): string[] {
  const lines = stderr.split('\n').filter((line) => !isNoise(line));
  return lines.slice(-MAX_LINES).map((line) => cut(line.trimEnd()));
}

function isNoise(line: string): boolean {
  return /^\s*$|^\s*\^+\s*$/.test(line) || (isStackLine(line) && !/^\s+at |^# /.test(line));
}

function cut(line: string): string {
  return line.length > MAX_LINE_LENGTH ? oneLine(line, MAX_LINE_LENGTH) : line;
}
