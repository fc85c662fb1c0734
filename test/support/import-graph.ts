import { readFileSync, readdirSync } from 'node:fs';
import { join, posix, sep } from 'node:path';
import ts from 'typescript';

export interface Import {
  /** The importing file, relative to the source folder, with slashes. */
  readonly from: string;
  /** The imported file when the specifier is relative, else the specifier as written. */
  readonly to: string;
  readonly isRelative: boolean;
  /**
   * - `value`: loaded together with the file
   * - `type`: gone after compilation
   * - `lazy`: `import()` or `require()`, loaded when the code gets there
   */
  readonly kind: 'value' | 'type' | 'lazy';
}

export interface ImportGraph {
  readonly files: readonly string[];
  readonly imports: readonly Import[];
}

/** The sources of a folder by relative path; specs, their fixtures and declarations left out. */
export function readSources(folder: string, extension: '.ts' | '.js' = '.ts'): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => file.split(sep).join('/'))
    .filter((file) => file.endsWith(extension) && !/\.(spec|d)\.ts$|(^|\/)fixtures\//.test(file));
  return Object.fromEntries(files.toSorted().map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
}

/** Who imports whom, read with TypeScript's own parser. */
export function importGraph(sources: Readonly<Record<string, string>>): ImportGraph {
  const files = Object.keys(sources);
  const imports = Object.entries(sources).flatMap(([file, text]) => importsOf(file, text));
  return { files, imports };
}

function importsOf(from: string, text: string): Import[] {
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, kind: Import['kind']): void => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return;
    const isRelative = specifier.text.startsWith('.');
    found.push({ from, to: isRelative ? resolve(from, specifier.text) : specifier.text, isRelative, kind });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, importsOnlyTypes(node) ? 'type' : 'value');
    else if (ts.isExportDeclaration(node))
      add(node.moduleSpecifier, exportsOnlyTypes(node) ? 'type' : 'value');
    else if (ts.isExternalModuleReference(node)) add(node.expression, 'value');
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(node.argument.literal, 'type');
    else if (ts.isCallExpression(node) && loadsModule(node.expression)) add(node.arguments[0], 'lazy');
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(from, text, ts.ScriptTarget.Latest, true));
  return found;
}

function importsOnlyTypes({ importClause: clause }: ts.ImportDeclaration): boolean {
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const { name, namedBindings: bindings } = clause;
  return name === undefined && bindings !== undefined && ts.isNamedImports(bindings) && allTypes(bindings);
}

function exportsOnlyTypes({ isTypeOnly, exportClause: clause }: ts.ExportDeclaration): boolean {
  return isTypeOnly || (clause !== undefined && ts.isNamedExports(clause) && allTypes(clause));
}

function allTypes({ elements }: ts.NamedImports | ts.NamedExports): boolean {
  return elements.length > 0 && elements.every((element) => element.isTypeOnly);
}

/** `import(...)`, `require(...)`, `require.resolve(...)` and whatever a `createRequire` was called like them. */
function loadsModule(callee: ts.Expression): boolean {
  return callee.kind === ts.SyntaxKind.ImportKeyword || /^require\w*(\.resolve)?$/.test(callee.getText());
}

function resolve(from: string, specifier: string): string {
  return posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts');
}
