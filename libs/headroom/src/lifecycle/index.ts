export { AppLifecycle, type AppPhase } from './app-lifecycle.service.js';
export { DrainService } from './drain.service.js';
export type { Drainable, DrainTally } from './drainable.js';
export { ShutdownHooksCheck } from './shutdown-hooks-check.service.js';
export { ShutdownModule } from './shutdown.module.js';
