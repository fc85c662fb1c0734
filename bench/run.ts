/** `npm run bench [-- queue | http] [-- --quick]` */
import { parseArgs } from 'node:util';

import { benchHttp } from './http/index.js';
import { benchQueues } from './queue/index.js';
import { describeMachine } from './support/machine.js';
import { formatVerdicts, type Verdict } from './support/verdict.js';

const PARTS: Readonly<Record<string, (isQuick: boolean) => Promise<Verdict[]>>> = {
  queue: benchQueues,
  http: benchHttp,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean' } },
});
const isQuick = values.quick ?? false;
const unknown = positionals.filter((name) => !(name in PARTS));
if (unknown.length > 0)
  throw new Error(`unknown: ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}`);
const names = positionals.length > 0 ? positionals : Object.keys(PARTS);

console.log(`# Headroom, side by side with others\n\n${describeMachine()}\n`);
if (isQuick)
  console.log('Quick: one short round. It shows that everything runs; figures need the whole run.\n');
const verdicts: Verdict[] = [];
for (const name of names) verdicts.push(...(await PARTS[name]!(isQuick)));
console.log(`## Targets\n\n${formatVerdicts(verdicts)}`);
