import { Injectable, Logger } from '@nestjs/common';
import {
  MemorySnapshot,
  OnPressureChange,
  SingleFlight,
  yieldToEventLoop,
  type PressureChange,
} from 'nestjs-headroom';
import { minify, type ECMA } from 'terser';
import { BundleCache } from './bundle-cache.js';
import { readSources } from './client-modules.js';

@Injectable()
export class BundlesService {
  private readonly logger = new Logger(BundlesService.name);
  private readonly cache = new BundleCache({ maxEntries: 6, maxBytes: 2 * 1024 * 1024 });
  private readonly making = new SingleFlight<string, string>();

  /**
   * Whoever asks for a bundle that is being made waits for it instead of making it again, and goes on in a turn of the
   * event loop of its own.
   */
  async get(name: string, ecma: ECMA): Promise<string> {
    const key = `${name}@${ecma}`;
    return this.cache.get(key) ?? this.making.run(key, async () => this.make(key, name, ecma));
  }

  /** Critical pressure is a shortage of memory, and bundles can be made again. */
  @OnPressureChange()
  dropCache({ to }: PressureChange): void {
    if (to !== 'critical') return;

    this.cache.clear();
    this.logger.warn('Dropped the cached bundles: memory is critical');
  }

  private async make(key: string, name: string, ecma: ECMA): Promise<string> {
    const code = await this.bundle(name, ecma);
    this.cache.set(key, code);
    return code;
  }

  /**
   * Seconds of synchronous work behind an async signature. Each bundle waits for a turn of the event loop of its
   * own, so that probes are answered between any two of them.
   */
  @MemorySnapshot('bundle')
  private async bundle(name: string, ecma: ECMA): Promise<string> {
    const sources = await readSources(name);
    await yieldToEventLoop();
    const { code = '' } = await minify(sources, { ecma, compress: { passes: 2 }, mangle: true });
    return code;
  }
}
