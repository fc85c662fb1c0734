// A package is made of what is built, and of what lies at the top of the repository.
import { copyFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** When a file of this folder was changed last; 0 where there is none. */
function newestIn(folder) {
  try {
    const names = readdirSync(folder, { recursive: true }).filter((name) => !name.endsWith('.spec.ts'));
    const files = names.map((name) => statSync(join(folder, name))).filter((entry) => entry.isFile());
    return Math.max(0, ...files.map(({ mtimeMs }) => mtimeMs));
  } catch {
    return 0;
  }
}

// NOTE: not built here: tests run from `dist` while one of them packs.
if (newestIn('dist') < newestIn('src')) {
  process.stderr.write('libs/headroom/dist is not there, or older than src: run `npm run build` first.\n');
  process.exit(1);
}
for (const file of ['README.md', 'LICENSE', 'CHANGELOG.md']) copyFileSync(join('../..', file), file);
