import { Injectable, Logger } from '@nestjs/common';
import { MemorySnapshot, OnPressureChange, yieldToEventLoop, type PressureChange } from 'nestjs-headroom';
import { minify, type ECMA } from 'terser';
import { BundleCache } from './bundle-cache.js';
import { readSources } from './client-modules.js';

@Injectable()
export class BundlesService {
  private readonly logger = new Logger(BundlesService.name);
  private readonly cache = new BundleCache({ maxEntries: 6, maxBytes: 2 * 1024 * 1024 });
  private readonly inFlight = new Map<string, Promise<string>>();

  /** Whoever asks for a bundle that is being made waits for it instead of making it again. */
  async get(name: string, ecma: ECMA): Promise<string> {
    const key = `${name}@${ecma}`;
    const cached = this.cache.get(key);
    if (cached !== undefined) return cached;

    const shared = this.inFlight.get(key) ?? this.make(key, name, ecma);
    return shared;
  }

  /** Critical pressure is a shortage of memory, and bundles can be made again. */
  @OnPressureChange()
  dropCache({ to }: PressureChange): void {
    if (to !== 'critical') return;

    this.cache.clear();
    this.logger.warn('Dropped the cached bundles: memory is critical');
  }

  private make(key: string, name: string, ecma: ECMA): Promise<string> {
    const making = this.bundle(name, ecma)
      .then((code) => {
        this.cache.set(key, code);
        return code;
      })
      .finally(() => this.inFlight.delete(key));
    this.inFlight.set(key, making);
    return making;
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
