/** What V8, Node or the C++ runtime wrote when it ended the process. */
export interface FatalWords {
  readonly kind:
    /** V8's heap is full. */
    | 'heap'
    /** V8 could not get a page, though its heap need not be full. */
    | 'page'
    /** The system gave no memory. */
    | 'refused'
    | 'size'
    | 'check';
  /** The line that says so. */
  readonly line: string;
  /** Whether nothing but stacks follows: else it may be a line that somebody else wrote, earlier. */
  readonly isLast: boolean;
  /** V8's heap after its last collection: used, and taken from the system. */
  readonly heap: { readonly usedBytes: number; readonly takenBytes: number } | undefined;
}

const MB = 1024 ** 2;

/** The most telling first. All begin their line: an app that logs such words has a time or a level before them. */
const FORMS: readonly (readonly [FatalWords['kind'], RegExp])[] = [
  ['size', /^FATAL ERROR: invalid (?:table size|array length) Allocation failed - .*$/m],
  [
    'heap',
    /^FATAL ERROR: (?:Reached heap limit|Ineffective mark-compacts|CALL_AND_RETRY_LAST)\b.* Allocation failed - JavaScript heap out of memory$/m,
  ],
  ['page', /^FATAL ERROR: .*Allocation failed - JavaScript heap out of memory$/m],
  ['refused', /^FATAL ERROR: .*Allocation failed - process out of memory$/m],
  ['refused', /^# Fatal process (?:OOM in|out of memory:) .*$/m],
  ['size', /^# Fatal JavaScript invalid size error\b.*$/m],
  ['refused', /^terminate called after throwing an instance of 'std::bad_alloc'$/m],
  ['check', /^# (?:Check failed|Debug check failed): .*$/m],
  ['check', /^\S.*: Assertion .* failed\.?$/m],
];

/** Stacks, the frame of `#` around V8's words, what the C++ runtime, a report or a shell adds. */
const STACK =
  /^(?:\s*\d+: |-{5} |\s*at |#|\s*$|<---|\[\d+:|  what\(\):|Writing Node\.js report|Node\.js report)/;
const SHELL = /\b(?:Aborted|Trace\/breakpoint trap|Segmentation fault)\b/;
/** NOTE: V8 cuts long lines of these, and then the next one follows without a line break. */
const COLLECTION = /\[\d+:0x[\da-f]+\] +\d+ ms: [^\n[]*? [\d.]+ \([\d.]+\) -> ([\d.]+) \(([\d.]+)\) MB/g;

/** The last words in what a process wrote on stderr, or `undefined` when it wrote none. */
export function findFatalWords(stderr: string): FatalWords | undefined {
  for (const [kind, form] of FORMS) {
    const match = form.exec(stderr);
    if (!match) continue;
    const line = match[0].replace(/^# /, '');
    return { kind, line, isLast: isLast(stderr, match), heap: lastHeap(stderr) };
  }
  return undefined;
}

/** Whether a line is of a stack, or V8's ornament: no news for people. */
export function isStackLine(line: string): boolean {
  return STACK.test(line);
}

function isLast(stderr: string, { index, 0: line }: RegExpExecArray): boolean {
  const after = stderr.slice(index + line.length).split('\n');
  return after.every((one) => STACK.test(one) || SHELL.test(one));
}

function lastHeap(stderr: string): FatalWords['heap'] {
  const last = [...stderr.matchAll(COLLECTION)].at(-1);
  return last && { usedBytes: Number(last[1]) * MB, takenBytes: Number(last[2]) * MB };
}
