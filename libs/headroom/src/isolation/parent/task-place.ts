import { existsSync } from 'node:fs';
import { basename, isAbsolute, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/**
 * The `file:` URL of a module that was named by URL or path; a relative path counts from the working directory.
 *
 * @throws {TypeError} when there is no such file
 */
export function moduleUrl(module: string | URL, what: string): string {
  const path = pathOf(module, what);
  if (!existsSync(path)) {
    throw new TypeError(
      `${what}: there is no file ${path}. Name it relative to your own file: ` +
        `new URL('./${basename(path)}', import.meta.url); of TypeScript, the compiled file`,
    );
  }
  return pathToFileURL(path).href;
}

/** The file's name without extensions and endings: `build-report` of `build-report.task.js`. */
export function nameOfModule(url: string): string {
  return basename(fileURLToPath(url)).replace(/(?:\.(?:task|processor))?\.[^.]+$/, '');
}

function pathOf(module: string | URL, what: string): string {
  if (module instanceof URL || module.startsWith('file:')) {
    try {
      return fileURLToPath(module);
    } catch {
      throw new TypeError(`${what}: received ${String(module)}; allowed: a file: URL, or a path`);
    }
  }
  return isAbsolute(module) ? module : resolve(module);
}
