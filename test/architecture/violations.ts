import { isBuiltin } from 'node:module';
import type { Import, ImportGraph } from '../support/import-graph.js';
import { COLUMNS, NEST_FREE, ONLY, PUBLIC_SUBPATHS, ROOT_FILES } from './rules.js';

/** Everything in which a graph breaks the rules, one sentence each. */
export function violations(graph: ImportGraph): string[] {
  return [
    ...graph.files.filter((file) => roomOf(file) === undefined).map(homeless),
    ...graph.imports.flatMap((each) => wrongImport(each) ?? []),
    ...nestInNestFree(graph),
    ...cycles(graph),
  ];
}

function homeless(file: string): string {
  return `${file} is in no room: name its room in test/architecture/rules.ts`;
}

function wrongImport({ from, to, isRelative }: Import): string | undefined {
  const what = `${from} imports ${to}`;
  if (!isRelative)
    return isDeep(to) ? `${what}: a deep import; use the package's public entry point` : undefined;
  if (to.startsWith('..')) return `${what}: outside of src`;
  const [room, other] = [roomOf(from), roomOf(to)];
  if (room === undefined || other === undefined || room === other) return undefined;
  if (other === 'index') return `${what}: only users import the package's index; import the room`;
  if (ONLY[room] !== undefined && !ONLY[room].includes(other)) {
    return `${what}: ${room} may import ${ONLY[room].join(', ')} only`;
  }
  const [column, otherColumn] = [columnOf(room), columnOf(other)];
  if (otherColumn > column)
    return `${what}: ${other} comes after ${room}; move the concept to ${room} or before`;
  if (otherColumn === column)
    return `${what}: ${room} and ${other} are neighbours; move the concept before both`;
  return undefined;
}

function roomOf(file: string): string | undefined {
  const [first = '', ...rest] = file.split('/');
  const room = rest.length > 0 ? first : rootRoomOf(first);
  return room !== undefined && columnOf(room) >= 0 ? room : undefined;
}

function rootRoomOf(file: string): string | undefined {
  const claims = (start: string): boolean => file.startsWith(start) && /[.-]/.test(file.charAt(start.length));
  return Object.keys(ROOT_FILES).find((room) => ROOT_FILES[room]?.some(claims));
}

function columnOf(room: string): number {
  return COLUMNS.findIndex((column) => column.includes(room));
}

function isDeep(specifier: string): boolean {
  const parts = specifier.split('/');
  const isSubpath = parts.length > (specifier.startsWith('@') ? 2 : 1);
  return isSubpath && !isBuiltin(specifier) && !PUBLIC_SUBPATHS.includes(specifier);
}

function nestInNestFree({ files, imports }: ImportGraph): string[] {
  const nestFree = files.filter((file) => NEST_FREE.some((place) => file.startsWith(`${place}/`)));
  return nestFree.flatMap((file) => {
    const trail = trailToNest(file, imports, new Set());
    return trail === undefined ? [] : [`${trail.join(' imports ')}: ${file} must work without Nest`];
  });
}

/** Follows what is loaded; in the file itself a type of Nest counts too: its declarations would need Nest. */
function trailToNest(file: string, imports: readonly Import[], seen: Set<string>): string[] | undefined {
  const isFirst = seen.size === 0;
  seen.add(file);
  for (const { to, isRelative, kind } of imports.filter(({ from }) => from === file)) {
    if (kind === 'type' && (isRelative || !isFirst)) continue;
    if (to.startsWith('@nestjs/')) return [file, to];
    const rest = isRelative && !seen.has(to) ? trailToNest(to, imports, seen) : undefined;
    if (rest !== undefined) return [file, ...rest];
  }
  return undefined;
}

/** Circles of files that load one another: built ESM fails on them where the test runner does not. */
function cycles({ files, imports }: ImportGraph): string[] {
  const loads = imports.filter(({ isRelative, kind }) => isRelative && kind === 'value');
  const found: string[] = [];
  const done = new Set<string>();
  const walk = (file: string, trail: readonly string[]): void => {
    const start = trail.indexOf(file);
    if (start >= 0) found.push(`${[...trail.slice(start), file].join(' imports ')}: a cycle`);
    if (start >= 0 || done.has(file)) return;
    for (const { from, to } of loads) if (from === file) walk(to, [...trail, file]);
    done.add(file);
  };
  for (const file of files) walk(file, []);
  return found;
}
