import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { firstValueFrom, fromEvent, map, merge, type Observable, race } from 'rxjs';

import { AppLifecycle, type NotReadyReason } from './app-lifecycle.service.js';

export type Unavailable = NotReadyReason | 'not listening';

/** Whether the app can be sent requests, for those that tell it to the outside by other ways than the app's own port. */
@Injectable()
export class AppReadiness {
  /** Why it cannot, whenever that may have changed; `undefined` when it can. Completes when the app has closed. */
  readonly changes: Observable<Unavailable | undefined>;

  constructor(
    private readonly lifecycle: AppLifecycle,
    private readonly adapterHost: HttpAdapterHost,
  ) {
    this.changes = merge(lifecycle.phases, adapterHost.listen$).pipe(map(() => this.unavailableBecause));
  }

  get unavailableBecause(): Unavailable | undefined {
    return this.lifecycle.notReadyBecause ?? (this.isListening ? undefined : 'not listening');
  }

  /** Resolves when the app listens, or the signal is aborted. */
  async whenListening(signal: AbortSignal): Promise<void> {
    if (this.isListening || signal.aborted) return;
    const aborted = fromEvent(signal, 'abort');
    await firstValueFrom(race(this.adapterHost.listen$, aborted), { defaultValue: undefined });
  }

  /** NOTE: no adapter at all in an app without HTTP. */
  get isListening(): boolean {
    return !this.adapterHost.httpAdapter || this.adapterHost.listening;
  }
}
