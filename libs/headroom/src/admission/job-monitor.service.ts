import { Injectable } from '@nestjs/common';
import type { Observable } from 'rxjs';

import { JobAdmission } from './job-admission.service.js';
import type { JobCounters, JobEvent } from './job-events.js';

/**
 * Tells what the memory budget does with jobs.
 *
 * @publicApi
 */
@Injectable()
export class JobMonitor {
  constructor(private readonly admission: JobAdmission) {}

  /** Since start, frozen. */
  get counters(): JobCounters {
    return this.admission.counters;
  }

  /** What was done with each job that did not start at once; nothing when calm. Completes when the app closes. */
  get events(): Observable<JobEvent> {
    return this.admission.events;
  }
}
