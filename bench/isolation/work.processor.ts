/** What is run as a job, in a process or thread of its own. */
import type { Job } from 'bullmq';

import { work, type WorkData } from './work.js';

export default function process({ data }: Job<WorkData>): void {
  work(data);
}
