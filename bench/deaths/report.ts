import { textTable } from '../support/markdown.js';
import type { Verdict } from '../support/verdict.js';
import { type Contestant, CONTESTANTS } from './contestants.js';
import type { Death } from './deaths.js';
import type { Outcome } from './measure.js';

export interface DeathResult {
  readonly death: Death;
  readonly outcomes: Readonly<Record<Contestant, Outcome>>;
}

const HEAD: Readonly<Record<Contestant, string>> = {
  bullmq: "BullMQ's sandbox",
  'with-headroom': 'the same, with Headroom imported',
  isolated: '`@IsolatedProcessor()`',
};

export function formatDeaths(all: readonly DeathResult[]): string {
  const head = ['what happens', ...CONTESTANTS.map((contestant) => HEAD[contestant])];
  const rows = all.map(({ death, outcomes }) => [
    death.title,
    ...CONTESTANTS.map((contestant) => describe(outcomes[contestant])),
  ]);
  return textTable(head, rows);
}

export function judgeDeaths(all: readonly DeathResult[]): Verdict[] {
  const bad = all.filter(({ outcomes: { isolated } }) => !isInOrder(isolated));
  return [
    {
      target: '@IsolatedProcessor(): no death hangs, or takes the app with it',
      isReached: bad.length === 0,
      figure: bad.length === 0 ? `${all.length} deaths` : bad.map(({ death }) => death.title).join(', '),
    },
  ];
}

function isInOrder(outcome: Outcome): boolean {
  return (outcome.state === 'failed' || outcome.state === 'completed') && outcome.closes;
}

function describe(outcome: Outcome): string {
  if (outcome.state === 'hangs') return '**hangs**';
  if (outcome.state === 'app died') return `**the app dies** (${outcome.how})`;
  const { state, text, tookMs, closes } = outcome;
  const how = state === 'failed' ? `fails: ${quoted(text)}` : `**completes** with \`${text}\``;
  return `${how} ${(tookMs / 1000).toFixed(1)} s${closes ? '' : '; **`close()` hangs**'}`;
}

/** Paths of this machine are nobody's concern. */
function quoted(text: string): string {
  const [line] = text.replace(/(?:file:\/\/)?\/\S*\/(?=[\w-]+\.processor\.js)/g, '').split('\n');
  return `"${line!.replaceAll('|', '\\|')}"`;
}
