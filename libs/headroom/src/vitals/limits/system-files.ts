import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KeptFile } from './kept-file.js';

/** The files in which the kernel tells about itself, below a root that tests replace by a directory tree. */
export class SystemFiles {
  constructor(readonly root = '/') {}

  /** The text of a file given by its absolute path, or `undefined` when it cannot be read. Never throws. */
  readText(path: string): string | undefined {
    try {
      return readFileSync(join(this.root, path), 'utf8');
    } catch {
      return undefined;
    }
  }

  /** The same for a file that is read over and over; the caller closes it. */
  keep(path: string): KeptFile {
    return new KeptFile(join(this.root, path));
  }
}
