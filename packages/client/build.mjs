/** Builds what the package contains. `npm ci` at the root and `npm pack` here call it. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const home = import.meta.dirname;
const compiler = compilerPath();
if (compiler === null) {
  // An installation for production (`--omit=dev`) has no compiler, and no use for the package.
  console.log('thetool-client is not built: typescript is not installed.');
} else {
  rmSync(join(home, 'dist'), { recursive: true, force: true });
  execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd: home, stdio: 'inherit' });
  // A bundler keeps a call whose effects it does not know, so each page would contain all documents.
  replace(
    'dist/generated/graphql.js',
    /= new TypedDocumentString\(/g,
    '= /* @__PURE__ */ new TypedDocumentString(',
  );
  // Indentation of documents, which have no texts in quotes.
  replace('dist/generated/graphql.js', /`[^`"]*`/g, (text) => text.replaceAll(/\s+/g, ' '));
  // The type that the package has itself: a project that uses the client needs no further package for it.
  replace('dist/generated/graphql.d.ts', /'@graphql-typed-document-node\/core'/g, "'../document.js'");
  for (const name of ['schema.graphql', 'LICENSE']) copyFileSync(join(home, '../..', name), join(home, name));
}

function compilerPath() {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
  } catch {
    return null;
  }
}

function replace(name, pattern, text) {
  const path = join(home, name);
  const before = readFileSync(path, 'utf8');
  const after = before.replaceAll(pattern, text);
  if (after === before) throw new Error(`${name} does not contain ${pattern}.`);
  writeFileSync(path, after);
}
