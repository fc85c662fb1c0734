/**
 * `npm run bench [-- queue | http | blame | isolation | deaths | memory | loop] [-- --quick]`
 *
 * Scenes of `memory` run alone when they are named: `npm run bench -- memory jobs-buffers`. There,
 * `--only headroom,fixed-2` picks contestants, `--rounds 1` the rounds, and `--log` shows what the apps log.
 */
import { parseArgs } from 'node:util';

import { benchBlame } from './blame/index.js';
import { benchDeaths } from './deaths/index.js';
import { benchHttp } from './http/index.js';
import { benchIsolation } from './isolation/index.js';
import { benchLoops } from './loop/index.js';
import { benchMemory } from './memory/index.js';
import { type SceneName, SCENES, scenesNamed } from './memory/scenes.js';
import { benchQueues } from './queue/index.js';
import { describeMachine } from './support/machine.js';
import { formatVerdicts, type Verdict } from './support/verdict.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    rounds: { type: 'string' },
    log: { type: 'boolean', default: false },
  },
});
const isQuick = values.quick;

const PARTS: Readonly<Record<string, (scenes: SceneName[]) => Promise<Verdict[]>>> = {
  queue: () => benchQueues(isQuick),
  http: () => benchHttp(isQuick),
  blame: () => benchBlame(isQuick),
  isolation: () => benchIsolation(isQuick),
  deaths: () => benchDeaths(),
  memory: (scenes) =>
    benchMemory(scenes.length > 0 ? scenes : (Object.keys(SCENES) as SceneName[]), {
      isQuick,
      only: values.only.split(',').filter(Boolean),
      rounds: Number(values.rounds ?? (isQuick ? 1 : 3)),
      isLogged: values.log,
    }),
  loop: () => benchLoops(isQuick),
};

const named = positionals.filter((name) => name in PARTS);
const scenes = positionals
  .filter((name) => !(name in PARTS))
  .map((name) => ({ name, found: scenesNamed(name) }));
const unknown = scenes.filter(({ found }) => found.length === 0).map(({ name }) => name);
if (unknown.length > 0) {
  const known = [...Object.keys(PARTS), ...Object.keys(SCENES)];
  throw new Error(`unknown: ${unknown.join(', ')}; there are ${known.join(', ')}`);
}
if (scenes.length > 0 && !named.includes('memory')) named.push('memory');
const parts = named.length > 0 ? named : Object.keys(PARTS);

console.log(`# Headroom, side by side with others\n\n${describeMachine()}\n`);
if (isQuick)
  console.log('Quick: one short round. It shows that everything runs; figures need the whole run.\n');
const verdicts: Verdict[] = [];
for (const name of parts) verdicts.push(...(await PARTS[name]!(scenes.flatMap(({ found }) => found))));
console.log(`## Targets\n\n${formatVerdicts(verdicts)}`);
// One short round says nothing about targets.
if (!isQuick && verdicts.some(({ isReached }) => !isReached)) process.exitCode = 1;
