const MB = 1024 ** 2;

/** Made for the parent: sizes of its heap, its debugger's port, its reports. */
const OF_THE_PARENT =
  /^--(?:max[-_](?:old[-_]space|semi[-_]space|heap)[-_]size|initial[-_]|stack[-_]size|inspect|heapsnapshot|heap[-_]prof|cpu[-_]prof|report[-_]|diagnostic[-_]dir)/;

/**
 * The environment of a child: the parent's, and of its `NODE_OPTIONS` only what was not made for the parent.
 * Preloaded modules (`--require`, `--import`) stay: a package manager may need them to find anything.
 */
export function childEnvironment(
  environment: NodeJS.ProcessEnv,
  added: Readonly<Record<string, string>> = {},
): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: options, ...rest } = environment;
  const kept = keptOptions(options ?? '');
  return { ...rest, ...(kept === '' ? {} : { NODE_OPTIONS: kept }), ...added };
}

/** Node's own arguments of a child; those of the parent are not inherited. */
export function childExecArgv(heapBytes: number, added: readonly string[]): string[] {
  return [...added, `--max-old-space-size=${Math.max(1, Math.floor(heapBytes / MB))}`];
}

/** Words, some of them in double quotes, as Node reads them. */
function keptOptions(options: string): string {
  const words = options.match(/(?:[^\s"]|"(?:\\.|[^"\\])*")+/g) ?? [];
  return words.filter((word) => !OF_THE_PARENT.test(word.replaceAll('"', ''))).join(' ');
}
