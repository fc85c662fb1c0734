import { existsSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { importGraph, readSources, type Import } from '../support/import-graph.js';

const PACKAGE = fileURLToPath(new URL('../../libs/headroom', import.meta.url));

interface Manifest {
  readonly main: string;
  readonly types: string;
  readonly files: readonly string[];
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional?: boolean }>>;
}

const manifest: Manifest = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'));
const { imports } = importGraph(readSources(join(PACKAGE, 'src')));
const peers = Object.keys(manifest.peerDependencies);
const optionalPeers = peers.filter((peer) => manifest.peerDependenciesMeta[peer]?.optional);
const declared = new Set([...Object.keys(manifest.dependencies ?? {}), ...peers]);

describe('the manifest of nestjs-headroom', () => {
  it('declares every package that the source imports', () => {
    const undeclared = imports.filter((each) => isForeign(each) && !declared.has(packageOf(each)));
    expect(undeclared).toEqual([]);
  });

  it('asks for no package that the source does not import', () => {
    const imported = new Set(imports.filter(isForeign).map(packageOf));
    // Nest's decorators need it loaded, and it is for the app to load it.
    const unused = [...declared].filter((name) => name !== 'reflect-metadata' && !imported.has(name));
    expect(unused).toEqual([]);
  });

  it('leaves optional peers optional: the source loads none of them with a file', () => {
    expect(optionalPeers).toEqual(['@nestjs/bullmq', 'bullmq']);
    const eager = imports.filter((each) => each.kind === 'value' && optionalPeers.includes(packageOf(each)));
    expect(eager).toEqual([]);
  });

  it('does not lean on the workspace around it', () => {
    expect([...declared]).not.toContain('sample-app');
    const outside = imports.filter(({ to, isRelative }) => isRelative && to.startsWith('..'));
    expect(outside).toEqual([]);
  });
});

describe('the built package', () => {
  it('has every file that the manifest points at', () => {
    const targets = Object.values(manifest.exports).flatMap((to) =>
      typeof to === 'string' ? to : Object.values(to),
    );
    const pointers = [manifest.main, manifest.types, ...targets, ...Object.values(manifest.bin ?? {})];
    expect(pointers.filter((file) => !existsSync(join(PACKAGE, file)))).toEqual([]);
  });

  it('loads no optional peer with a file', () => {
    const built = importGraph(readSources(join(PACKAGE, 'dist'), '.js')).imports;
    expect(built.length).toBeGreaterThan(0);
    expect(built.filter((each) => each.kind === 'value' && optionalPeers.includes(packageOf(each)))).toEqual(
      [],
    );
  });
});

function isForeign({ to, isRelative }: Import): boolean {
  return !isRelative && !to.startsWith('node:') && !builtinModules.includes(to);
}

function packageOf({ to }: Import): string {
  return to.split('/', to.startsWith('@') ? 2 : 1).join('/');
}
