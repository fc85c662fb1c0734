import { fileURLToPath } from 'node:url';

/** `sample-app/data`, git-ignored: everything in it can be made again. */
export const DATA_DIRECTORY = fileURLToPath(new URL('../data/', import.meta.url));
