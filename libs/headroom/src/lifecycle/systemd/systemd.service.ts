import { Inject, Injectable } from '@nestjs/common';
import type { Subscription } from 'rxjs';

import { FaultLog, guarded, SafeLogger } from '../../listeners/index.js';
import { RESILIENCE_OPTIONS } from '../../resilience-options.js';
import type { ResolvedResilienceOptions } from '../../resilience-options.js';
import { AppReadiness, type Unavailable } from '../app-readiness.service.js';
import { FirstAndLast } from '../outermost.module.js';
import { NotifyHelper } from './notify-helper.js';
import { notifySettings, type NotifySettings } from './notify-settings.js';

const IS_ROOT = process.getuid?.() === 0;

/**
 * Tells systemd when the app is ready, that its event loop turns, and when it drains. The signs of life come from a
 * timer of the main thread: a loop that hangs sends none, and systemd ends the process.
 */
@Injectable()
export class SystemdNotifier {
  private readonly logger = new SafeLogger('Headroom');
  private readonly faults = new FaultLog(this.logger, 'telling systemd');
  private readonly isOn: boolean;
  private helper: NotifyHelper | undefined;
  private watchdog: NodeJS.Timeout | undefined;
  private subscription: Subscription | undefined;
  private isReady = false;
  private isStopping = false;

  constructor(
    @Inject(RESILIENCE_OPTIONS) options: ResolvedResilienceOptions,
    private readonly readiness: AppReadiness,
    edges: FirstAndLast,
  ) {
    this.isOn = options.systemd;
    edges.addFirst(guarded(this.logger, 'telling systemd', () => this.open()));
    edges.addLast(async () => this.close());
  }

  private open(): void {
    const settings = notifySettings(process.env, process.pid, process.send !== undefined);
    if (!this.isOn || !settings) return;
    const helper = new NotifyHelper(settings.isMain ? process.pid : undefined, (what) => this.explain(what));
    helper.start();
    this.helper = helper;
    this.logger.log(describe(settings));
    this.startWatchdog(settings, helper);
    this.subscription = this.readiness.changes.subscribe((reason) => this.tell(reason));
  }

  private startWatchdog({ watchdogMs }: NotifySettings, helper: NotifyHelper): void {
    if (watchdogMs === undefined) return;
    const turn = (): void => helper.send({ state: 'WATCHDOG=1' });
    turn();
    this.watchdog = setInterval(turn, watchdogMs).unref();
  }

  private tell(reason: Unavailable | undefined): void {
    if (reason === 'draining') this.stop();
    else if (reason !== undefined) this.helper?.send({ status: reason });
    else if (!this.isReady) {
      this.helper?.send({ state: 'READY=1', status: 'serving' });
      this.isReady = true;
    }
  }

  private stop(): void {
    if (!this.isStopping) this.helper?.send({ state: 'STOPPING=1', status: 'draining' });
    this.isStopping = true;
  }

  private async close(): Promise<void> {
    clearInterval(this.watchdog);
    this.subscription?.unsubscribe();
    this.stop();
    await this.helper?.close();
    this.helper = undefined;
  }

  private explain(what: string): void {
    const advice = IS_ROOT
      ? 'Install it (it comes with systemd), or set systemd: false'
      : 'Install it, set NotifyAccess=all in the unit, or set systemd: false';
    this.faults.report(`${what}. ${advice}; until then a unit with Type=notify or WatchdogSec= is not told.`);
  }
}

function describe({ watchdogMs }: NotifySettings): string {
  const what = watchdogMs === undefined ? '' : `, and every ${watchdogMs / 1000}s that the event loop turns`;
  const heard = IS_ROOT ? '' : '; as this user it is heard only with NotifyAccess=all in the unit';
  return `telling systemd when the app is ready and when it stops${what}${heard}`;
}
