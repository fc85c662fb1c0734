import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { BehaviorSubject, type Observable } from 'rxjs';

/**
 * Where the app stands between its start and its end.
 *
 * - `starting`: until every `onApplicationBootstrap()` has run
 * - `serving`
 * - `draining`: a shutdown has begun; work that runs may end, no job starts, readiness is down
 * - `drained`: no job of this process runs; HTTP, databases and queues are closed next
 *
 * @publicApi
 */
export type AppPhase = 'starting' | 'serving' | 'draining' | 'drained';

/**
 * Tells where the app stands between its start and its end.
 *
 * @publicApi
 */
@Injectable()
export class AppLifecycle implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly subject = new BehaviorSubject<AppPhase>('starting');

  /** The phase now, and each that follows. Completes when the app has closed. */
  readonly phases: Observable<AppPhase> = this.subject.asObservable();

  /** Whether a shutdown has begun. A plain field: it is read per request. */
  isEnding = false;

  get phase(): AppPhase {
    return this.subject.value;
  }

  onApplicationBootstrap(): void {
    if (this.phase === 'starting') this.subject.next('serving');
  }

  onApplicationShutdown(): void {
    this.subject.complete();
  }

  /** Only the drain moves it on. */
  enter(phase: 'draining' | 'drained'): void {
    this.isEnding = true;
    this.subject.next(phase);
  }
}
