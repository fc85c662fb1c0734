import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { MB } from '../limit.js';

const PIECE = Buffer.alloc(8 * MB, 1);

/** A file that is removed when this process ends, however it ends short of SIGKILL. */
export async function createBigFile(bytes: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'headroom-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'big');
  const file = await open(path, 'w');
  for (let written = 0; written < bytes; written += PIECE.length) await file.write(PIECE);
  await file.sync();
  await file.close();
  return path;
}

/** A page that is already in memory counts against who read it first, and that must be the process under test. */
export async function dropFromPageCache(path: string): Promise<void> {
  await promisify(execFile)('dd', [`if=${path}`, 'iflag=nocache', 'count=0', 'status=none']);
}
