import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Test } from '@nestjs/testing';
import { MemoryLedger, ResilienceModule } from 'nestjs-headroom';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { RecordingLogger } from '../queue/recording-logger.js';

const MB = 1024 ** 2;

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'headroom-costs-'));
  file = join(folder, 'costs.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

async function start(costsFile: string) {
  const log = new RecordingLogger();
  const module = await Test.createTestingModule({
    imports: [ResilienceModule.forRoot({ memory: { costsFile } })],
  })
    .setLogger(log)
    .compile();
  const app = await module.createNestApplication({ logger: log }).init();
  return { app, log, ledger: app.get(MemoryLedger) };
}

describe('memory.costsFile', () => {
  it('keeps what was learned across a restart', async () => {
    const first = await start(file);
    const cost = first.ledger.costOf('job', 'reports:build');
    const running = first.ledger.tryReserve(cost);
    if (typeof running === 'string') throw new Error(running);
    const taken = Buffer.alloc(50 * MB, 1);
    running.end();
    expect(taken).toHaveLength(50 * MB);
    await first.app.close();

    const second = await start(file);
    second.ledger.costOf('job', 'reports:build');
    const [kind] = second.ledger.report().kinds;
    expect(kind).toMatchObject({ lane: 'job', key: 'reports:build', state: 'heavy' });
    expect(kind!.seen.totalBytes / MB).toBeGreaterThan(40);
    await second.app.close();
  });

  it('a broken one is ignored with a warning, and written anew', async () => {
    writeFileSync(file, '{ "version": 1, "costs": [');
    const { app, log } = await start(file);
    expect(
      log.matching(/^warn memory\.costsFile .*costs\.json cannot be read, so costs are learned anew: /),
    ).toHaveLength(1);
    await app.close();
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ version: 1, costs: [] });
  });

  it('one that cannot be written warns once, and disturbs nothing', async () => {
    const { app, log } = await start(join(folder, 'costs.json', 'below'));
    writeFileSync(file, '');
    await app.close();
    expect(
      log.matching(/^warn memory\.costsFile .* cannot be written, so learned costs are lost at a restart: /),
    ).toHaveLength(1);
  });
});
