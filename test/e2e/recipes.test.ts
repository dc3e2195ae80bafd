import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyTree } from '../support/copy-tree.ts';
import { applyBlock, type Block, recipesIn } from '../support/recipes.ts';

/*
 * Performs the recipes of CONTRIBUTING.md, all of them in one copy of the tree, and then runs what `npm run check` runs, limited to what a recipe can break: types,
 * lint of the changed files and of the schema, and the tests that look at all indicators, strategies, sources, fields and tables.
 */

const LIMIT_MS = 600_000;
const root = fileURLToPath(new URL('../..', import.meta.url));
const recipes = recipesIn(readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8'));
let copy: string;

beforeAll(() => {
  copy = copyTree('recipes');
}, LIMIT_MS);
afterAll(() => rmSync(copy, { recursive: true, force: true }));

function run(command: string, args: readonly string[]): string {
  const path = `${join(copy, 'node_modules/.bin')}:${process.env.PATH}`;
  // As a developer's machine: a snapshot that does not exist yet is written.
  const { CI: _ci, VITEST: _vitest, NODE_ENV: _env, ...env } = process.env;
  try {
    return execFileSync(command, args, {
      cwd: copy,
      encoding: 'utf8',
      stdio: 'pipe',
      env: { ...env, PATH: path },
    });
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`${command} ${args.join(' ')} failed:\n${stdout ?? ''}\n${stderr ?? ''}`, {
      cause: error,
    });
  }
}

test('CONTRIBUTING.md has a recipe for each thing that is added often', () => {
  expect(recipes.map(({ title }) => title)).toEqual([
    'Add an indicator',
    'Add a strategy',
    'Add a source',
    'Add a job kind',
    'Add a field',
    'Add a root field',
    'Add a stored column',
    'Add a table',
  ]);
});

test('a tree to which every recipe was applied passes its checks', { timeout: LIMIT_MS }, () => {
  const steps = recipes.flatMap(({ blocks }) => blocks).flatMap(linesOf);
  // A command that a later recipe runs again is run there, once.
  const isLast = (step: Block, i: number) =>
    !steps.slice(i + 1).some((later) => later.kind === step.kind && later.text === step.text);
  for (const [i, step] of steps.entries()) {
    if (step.kind !== 'COMMAND') edit(step);
    else if (isLast(step, i)) run('sh', ['-ec', step.text]);
  }
  const changed = new Set(steps.flatMap((step) => (step.kind === 'COMMAND' ? [] : [step.file])));
  run('biome', ['check', '--error-on-warnings', '--no-errors-on-unmatched', ...changed]);
  run('npm', ['run', '--silent', 'lint:schema']);
  run('npm', ['run', '--silent', 'typecheck']);
  const unit = [
    'architecture',
    'quant/version',
    'quant/strategies',
    'quant/indicator-contract',
    'market/sources',
    'analyses/lines',
  ];
  const drift = ['schema', 'scopes', 'descriptions', 'migrations'];
  run('vitest', ['run', '--project', 'unit', ...unit.map((name) => `test/unit/${name}.test.ts`)]);
  run('vitest', ['run', '--project', 'drift', ...drift.map((name) => `test/drift/${name}.test.ts`)]);
});

/** The commands of a block one by one, unless one of them has lines of input. */
function linesOf(block: Block): readonly Block[] {
  if (block.kind !== 'COMMAND' || block.text.includes('<<')) return [block];
  return block.text.split('\n').map((text) => ({ kind: 'COMMAND', text }));
}

function edit(block: Exclude<Block, { readonly kind: 'COMMAND' }>): void {
  const path = join(copy, block.file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, applyBlock(block, existsSync(path) ? readFileSync(path, 'utf8') : null));
}
