export { boundsOfChild, boundsOfThread, type ChildStart } from './child-bounds.js';
export { ChildMemory, sacrificeFirst } from './child-memory.js';
export type { Certainty, ExitCause, ExitExplanation } from './exit-explanation.js';
export type { ExitFacts, ExitMemory } from './exit-facts.js';
export { explainExit } from './explain-exit.js';
export {
  countMemoryDeaths,
  describeMemoryDeaths,
  isMemoryDeath,
  memoryDeathMarker,
  numberMemoryDeath,
} from './memory-deaths.js';
export { OomKillCounter, type OomKillMark, oomKills } from './oom-kill-counter.js';
export { withoutSecrets } from './secrets.js';
export { StderrTail } from './stderr-tail.js';
export { detectSurroundings, isRestarted, type Surroundings } from './surroundings.js';
