import { bullMq, nestBullMq } from './bullmq-package.js';
import { withResilience } from './with-resilience.js';

/**
 * Makes `@nestjs/bullmq` build wrapped workers. When this library is imported, because the class is captured as
 * soon as a `registerQueue({ processors })` is evaluated. A class that the app has set before is kept and wrapped.
 */
export function wrapNestWorkers(): void {
  if (!nestBullMq || !bullMq) return;
  const { BullModule } = nestBullMq;
  const { _workerClass: current } = BullModule as unknown as { _workerClass?: typeof bullMq.Worker };
  BullModule.workerClass = withResilience(current ?? bullMq.Worker);
}
