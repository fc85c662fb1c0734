import type { Certainty, ExitCause } from './exit-explanation.js';
import { type KnownFacts, oneLine } from './known-facts.js';
import type { Verdict } from './verdict.js';

const BAD_OPTION =
  /^\S*node\S*: (?:bad option: .*|.* is not allowed in NODE_OPTIONS.*|.*requires an argument.*|.*invalid.*)$/m;
const NOT_EXECUTABLE = /^.*: (?:Permission denied|Exec format error|.*cannot execute.*)$/m;
const NOT_FOUND = /^.*: (?:.*not found|No such file or directory)$/m;
const UNSETTLED = /^Warning: Detected unsettled top-level await.*$/m;

interface KnownCode {
  readonly cause: ExitCause;
  readonly what: string;
  /** The line on stderr that proves it. */
  readonly proof: RegExp;
  /** Without the line, when it always is there, it was the app that chose this code. */
  readonly isAlwaysSaid: boolean;
}

/** Node's own codes, and those of a shell that could not start it. */
const CODES: Readonly<Record<number, KnownCode>> = {
  9: {
    cause: 'bad-option',
    what: 'was started with an option that Node refuses',
    proof: BAD_OPTION,
    isAlwaysSaid: true,
  },
  12: {
    cause: 'bad-option',
    what: 'was started with a debug option that Node refuses',
    proof: BAD_OPTION,
    isAlwaysSaid: true,
  },
  13: {
    cause: 'unsettled-await',
    what: 'ended with a top-level await that still waited, and nothing left to do',
    proof: UNSETTLED,
    isAlwaysSaid: false,
  },
  126: {
    cause: 'not-executable',
    what: 'could not be started: not executable',
    proof: NOT_EXECUTABLE,
    isAlwaysSaid: true,
  },
  127: { cause: 'not-found', what: 'could not be started: not found', proof: NOT_FOUND, isAlwaysSaid: true },
};

/** What an exit code alone tells. */
export function judgeExit(facts: KnownFacts): Verdict | undefined {
  const { status, phase } = facts;
  if (status.code === null) return undefined;
  const known = CODES[status.code];
  const verdict = known && judgeKnownCode(known, facts);
  if (verdict) return verdict;
  const isEarly = status.code === 0 && phase !== 'idle';
  return {
    cause: 'exited',
    certainty: 'proven',
    what: `exited with code ${status.code}${isEarly ? ', before it was done' : ''}`,
    evidence: [],
  };
}

function judgeKnownCode(
  { cause, what, proof, isAlwaysSaid }: KnownCode,
  { stderr }: KnownFacts,
): Verdict | undefined {
  const said = stderr === undefined ? undefined : proof.exec(stderr)?.[0];
  if (said !== undefined)
    return { cause, certainty: 'proven', what: `${what}: ${oneLine(said)}`, evidence: [] };
  if (stderr !== undefined && isAlwaysSaid) return undefined;
  const certainty: Certainty = 'likely';
  return { cause, certainty, what, evidence: [] };
}
