import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSchema, parse, validate } from 'graphql';

const fixture = fileURLToPath(new URL('relay/', import.meta.url));
const schemaFile = fileURLToPath(new URL('../../schema.graphql', import.meta.url));

/** The compiler is 118 MB of binaries, so it has a package of its own, installed when this part runs first. */
function install(): boolean {
  if (existsSync(join(fixture, 'node_modules/relay-compiler/package.json'))) return true;
  console.log('installing relay-compiler (npm ci in test/conformance/relay) …');
  const options = { cwd: fixture, stdio: ['ignore', 'ignore', 'inherit'] as ('ignore' | 'inherit')[] };
  return spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], options).status === 0;
}

/** Compiles the fragments of the fixture against the schema, and validates what the compiler made of them. Answers whether both went well. */
export function compileRelay(): boolean {
  if (!install()) return false;
  const schema = buildSchema(readFileSync(schemaFile, 'utf8'));
  const good = compile(readFileSync(join(fixture, 'fragments.js'), 'utf8'));
  console.log(good.output);
  const texts = good.artifacts.flatMap((text) => /"text": ("(?:[^"\\]|\\.)*")/.exec(text)?.[1] ?? []);
  const faults = texts.flatMap((text) => validate(schema, parse(JSON.parse(text))));
  for (const { message } of faults) console.error(message);
  console.log(
    `${good.artifacts.length} artifacts, ${texts.length} operations, ${faults.length} faults of validation`,
  );
  // That it refuses what does not fit shows that it looked.
  const bad = compile(
    readFileSync(join(fixture, 'fragments.js'), 'utf8').replace('totalCount', 'totalCuont'),
  );
  console.log(`a misspelt field is ${bad.ok ? 'NOT ' : ''}refused`);
  return good.ok && texts.length > 5 && faults.length === 0 && !bad.ok;
}

function compile(source: string): {
  readonly ok: boolean;
  readonly output: string;
  readonly artifacts: readonly string[];
} {
  const folder = mkdtempSync(join(tmpdir(), 'thetool-relay-'));
  try {
    mkdirSync(join(folder, 'src/made'), { recursive: true });
    writeFileSync(join(folder, 'src/fragments.js'), source);
    cpSync(schemaFile, join(folder, 'schema.graphql'));
    const config = {
      src: './src',
      language: 'javascript',
      schema: './schema.graphql',
      artifactDirectory: './src/made',
    };
    writeFileSync(join(folder, 'relay.config.json'), JSON.stringify(config));
    const compiler = join(fixture, 'node_modules/relay-compiler/cli.js');
    const { status, stdout, stderr } = spawnSync(process.execPath, [compiler, 'relay.config.json'], {
      cwd: folder,
      encoding: 'utf8',
    });
    const made = readdirSync(join(folder, 'src/made')).filter((name) => name.endsWith('.graphql.js'));
    return {
      ok: status === 0,
      output: `${stdout}${stderr}`.trim(),
      artifacts: made.map((name) => readFileSync(join(folder, 'src/made', name), 'utf8')),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
