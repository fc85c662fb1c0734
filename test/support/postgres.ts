import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { createPostgresBackend, Queue } from 'bullmq';
import { Client } from 'pg';
import { skipped } from './skip.js';
import { retried, startTied, type TiedServer } from './tied-process.js';

/** A PostgreSQL for one spec file, empty. */
export interface TestPostgres {
  /** Of a database of its own, with BullMQ's tables and nothing in them. */
  newDatabase(): Promise<string>;
  stop(): Promise<void>;
}

interface Account {
  readonly uid: number;
  readonly gid: number;
}

const DEBIAN = '/usr/lib/postgresql';
const TOOLS = ['initdb', 'postgres'];
/** A test's data is gone with it: nothing has to survive a crash. */
const CARELESS = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'autovacuum=off'];
const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=300',
  ...CARELESS,
];

/** For specs that need PostgreSQL: prints the reason and returns it when there is none. */
export function postgresOrSkip(): string | undefined {
  if (findTools() !== undefined) return undefined;
  return skipped(
    'specs with PostgreSQL',
    `initdb and postgres are neither on PATH nor in ${DEBIAN}/*/bin`,
    'REQUIRE_REAL_POSTGRES',
  );
}

/** A private cluster in a temp folder, on 127.0.0.1 only; it dies with this process and leaves nothing behind. */
export async function startPostgres(): Promise<TestPostgres> {
  const tools = findTools();
  if (tools === undefined) throw new Error('there is no PostgreSQL here');
  const server = await retried(async () => startCluster(tools), 3);
  const urlOf = (database: string): string => `postgres://postgres@127.0.0.1:${server.port}/${database}`;

  let databases = 0;
  return {
    newDatabase: async () => {
      const name = `test_${++databases}`;
      const client = new Client(urlOf('postgres'));
      await client.connect();
      await client.query(`CREATE DATABASE ${name}`);
      await client.end();
      await migrate(urlOf(name));
      return urlOf(name);
    },
    stop: async () => server.stop(),
  };
}

/** Here, and not in the processes: one that is stopped while it migrates keeps all others from their queues. */
async function migrate(connectionString: string): Promise<void> {
  const queue = new Queue('any', { connection: { connectionString, migrate: true } }, createPostgresBackend);
  await queue.waitUntilReady();
  await queue.close();
}

async function startCluster(tools: string): Promise<TiedServer> {
  const as = unprivileged();
  const folder = await mkdtemp(join(tmpdir(), 'headroom-postgres-'));
  try {
    if (as) await chown(folder, as.uid, as.gid);
    const data = join(folder, 'data');
    const initdb = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'];
    await promisify(execFile)(join(tools, 'initdb'), initdb, { cwd: folder, ...as });
    return await startTied({
      command: join(tools, 'postgres'),
      args: (port) => ['-D', data, '-p', `${port}`, ...SETTINGS.flatMap((setting) => ['-c', setting])],
      readyText: 'database system is ready to accept connections',
      endSignal: 'QUIT',
      folder,
      ...(as && { as }),
    });
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** The folder with PostgreSQL's programs. Debian keeps them off PATH, a folder for each version. */
function findTools(): string | undefined {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN) : [];
  const newestFirst = versions.toSorted((left, right) => Number(right) - Number(left));
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    ...newestFirst.map((version) => join(DEBIAN, version, 'bin')),
  ];
  return folders.find((folder) => TOOLS.every((tool) => existsSync(join(folder, tool))));
}

/** PostgreSQL refuses to run as root; then it is run as another account that is there. */
function unprivileged(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = accounts.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
    if (uid && gid) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new Error('PostgreSQL cannot run as root, and there is neither an account "postgres" nor "nobody"');
}
