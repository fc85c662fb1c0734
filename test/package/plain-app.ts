import { spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const WORKSPACE = fileURLToPath(new URL('../..', import.meta.url));
const APPS = fileURLToPath(new URL('apps', import.meta.url));
const TSC = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const INSTALL = [
  'install',
  '--prefer-offline',
  '--no-audit',
  '--no-fund',
  '--ignore-scripts',
  '--loglevel=error',
];

/** What the Nest CLI's own starter uses, as far as it matters to types. */
const TSCONFIG = {
  compilerOptions: {
    module: 'nodenext',
    target: 'ES2023',
    types: ['node'],
    strict: true,
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    skipLibCheck: true,
  },
  include: ['*.ts'],
};

/** A Nest app in a folder of its own, with the package as `npm pack` makes it and with its own node_modules. */
export class PlainApp {
  private constructor(private readonly folder: string) {}

  static async create(): Promise<PlainApp> {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'headroom-dist-')));
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG));
    const pack = ['pack', '--workspace', 'nestjs-headroom', '--pack-destination', folder, '--loglevel=error'];
    await run('npm', pack, WORKSPACE);
    return new PlainApp(folder);
  }

  get tarball(): string {
    return `./${readdirSync(this.folder).find((file) => file.endsWith('.tgz'))}`;
  }

  async install(...packages: readonly string[]): Promise<void> {
    await run('npm', [...INSTALL, ...packages], this.folder);
  }

  has(packageName: string): boolean {
    return existsSync(join(this.folder, 'node_modules', packageName));
  }

  /** Paths inside the installed package. */
  filesOf(packageName: string): string[] {
    const root = join(this.folder, 'node_modules', packageName);
    return readdirSync(root, { recursive: true, encoding: 'utf8' });
  }

  /** Compiles one of the files in test/package/apps and runs it to its end; what it prints is JSON. */
  async runApp(name: string, env: NodeJS.ProcessEnv = {}): Promise<unknown> {
    copyFileSync(join(APPS, `${name}.ts`), join(this.folder, `${name}.ts`));
    await run(process.execPath, [TSC, '-p', '.'], this.folder);
    return JSON.parse(await run(process.execPath, [`${name}.js`], this.folder, env));
  }

  /** Runs a piece of CommonJS. */
  async runScript(script: string): Promise<string> {
    writeFileSync(join(this.folder, 'script.cjs'), script);
    return (await run(process.execPath, ['script.cjs'], this.folder)).trim();
  }

  /** What the compiler says about the package's own declarations when it checks libraries too. */
  async declarationErrors(packageName: string): Promise<string[]> {
    const check = [TSC, '-p', '.', '--noEmit', '--skipLibCheck', 'false', '--pretty', 'false'];
    const { code, stdout, stderr } = await execute(process.execPath, check, this.folder);
    if (code !== 0 && !stdout.includes(': error TS'))
      throw new Error(`tsc did not check: ${stdout}${stderr}`);
    return stdout.split('\n').filter((line) => line.startsWith(`node_modules/${packageName}/`));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env?: NodeJS.ProcessEnv,
): Promise<string> {
  const { code, signal, stdout, stderr } = await execute(command, args, cwd, env);
  if (code === 0) return stdout;
  throw new Error(`${command} ${args.join(' ')} ended with ${signal ?? code}\n${stdout}\n${stderr}`);
}

/** NOTE: an app that something keeps alive after `app.close()` is killed by the timeout, and so fails its spec. */
async function execute(
  command: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, NODE_ENV: 'development', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 120_000,
    killSignal: 'SIGKILL',
  });
  const ended = new Promise<Pick<Ended, 'code' | 'signal'>>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  const [stdout, stderr, end] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { ...end, stdout, stderr };
}
