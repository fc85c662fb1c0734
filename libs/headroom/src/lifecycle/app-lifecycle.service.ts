import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { BehaviorSubject, type Observable } from 'rxjs';

/**
 * Where the app stands between its start and its end.
 *
 * - `starting`: until every `onApplicationBootstrap()` has run
 * - `warming-up`: readiness is down while the tasks of `warmUp` run; left out where there are none
 * - `serving`
 * - `draining`: a shutdown has begun; work that runs may end, no job starts, readiness is down
 * - `drained`: no job of this process runs; HTTP, databases and queues are closed next
 *
 * @publicApi
 */
export type AppPhase = 'starting' | 'warming-up' | 'serving' | 'draining' | 'drained';

/** Why requests are to be sent elsewhere. @publicApi */
export type NotReadyReason = 'starting' | 'warming up' | 'warm-up failed' | 'draining';

/**
 * Tells where the app stands between its start and its end.
 *
 * @publicApi
 */
@Injectable()
export class AppLifecycle implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly subject = new BehaviorSubject<AppPhase>('starting');
  private hasWarmUp = false;
  private hasWarmUpFailed = false;

  /** The phase now, and each that follows. Completes when the app has closed. */
  readonly phases: Observable<AppPhase> = this.subject.asObservable();

  /** Whether a shutdown has begun. A plain field: it is read per request. */
  isEnding = false;

  get phase(): AppPhase {
    return this.subject.value;
  }

  /** Why readiness is down; `undefined` when it is not. */
  get notReadyBecause(): NotReadyReason | undefined {
    switch (this.phase) {
      case 'starting':
        return 'starting';
      case 'warming-up':
        return this.hasWarmUpFailed ? 'warm-up failed' : 'warming up';
      case 'serving':
        return undefined;
      case 'draining':
      case 'drained':
        return 'draining';
      default:
        return this.phase satisfies never;
    }
  }

  onApplicationBootstrap(): void {
    if (this.phase === 'starting') this.subject.next(this.hasWarmUp ? 'warming-up' : 'serving');
  }

  onApplicationShutdown(): void {
    this.subject.complete();
  }

  /** Only the warm-up holds the app back, from `onModuleInit()`. @internal */
  planWarmUp(): void {
    this.hasWarmUp = true;
  }

  /** @param isReady whether the app is ready now; else it stays unready. @internal */
  endWarmUp(isReady: boolean): void {
    if (this.phase !== 'warming-up') return;
    this.hasWarmUpFailed = !isReady;
    this.subject.next(isReady ? 'serving' : 'warming-up');
  }

  /** Only the drain moves it on. */
  enter(phase: 'draining' | 'drained'): void {
    this.isEnding = true;
    this.subject.next(phase);
  }
}
