import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copyTree } from '../support/copy-tree.ts';
import { mutations } from './all-mutations.ts';
import type { Mutation } from './mutation.ts';

/*
 * npm run mutate [-- <row or part of a name>…]
 *
 * Takes one protection after the other away in a copy of the tree and runs the test that must notice. Fails when one survives, when
 * its place in the code is no longer found, or when the tests do not pass before anything is taken away. Two mutations run at once, each in
 * a copy of its own.
 */

const root = fileURLToPath(new URL('../..', import.meta.url));
const LIMIT_MS = 240_000;
/** All tests together, before anything is taken away. */
const BASELINE_LIMIT_MS = 3_600_000;
const AT_ONCE = 2;

interface Outcome {
  readonly verdict: 'PASSED' | 'FAILED' | 'BROKEN';
  /** Titles of the tests that failed. */
  readonly failed: readonly string[];
}

interface FileReport {
  /** Path of the test file. */
  readonly name: string;
  readonly assertionResults: readonly { readonly status: string; readonly title: string }[];
  readonly status: string;
}

/** Runs vitest in the copy; null: it wrote no report. */
async function runVitest(
  copy: string,
  tests: readonly string[],
  filter: readonly string[],
  limitMs: number,
): Promise<{ readonly code: number | null; readonly files: readonly FileReport[] } | null> {
  const report = join(copy, 'report.json');
  rmSync(report, { force: true });
  const projects = new Set(tests.map((test) => `--project=${test.split('/')[1] ?? ''}`));
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const reporting = ['--reporter=json', `--outputFile=${report}`];
  // Files that no mutation changed are transformed once.
  const caching = ['--fsModuleCache', `--fsModuleCachePath=${join(copy, '.vitest-cache')}`];
  const child = spawn(
    process.execPath,
    [vitest, 'run', ...projects, ...reporting, ...caching, ...filter, ...tests],
    { cwd: copy, stdio: 'ignore' },
  );
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
  const [code] = await once(child, 'close');
  clearTimeout(timer);
  if (!existsSync(report)) return null;
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as { testResults: FileReport[] };
  return { code, files: testResults };
}

async function runMutant(copy: string, test: string, titled: string): Promise<Outcome> {
  const filter = ['-t', titled.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')];
  const ran = await runVitest(copy, [test], filter, LIMIT_MS);
  if (ran === null) return { verdict: 'BROKEN', failed: [] };
  const all = ran.files.flatMap((file) => file.assertionResults);
  const failed = all.filter(({ status }) => status === 'failed').map(({ title }) => title);
  if (ran.code === 0) {
    return { verdict: all.some(({ status }) => status === 'passed') ? 'PASSED' : 'BROKEN', failed };
  }
  // Without a failed test: a hook failed, or an error that nobody caught would have ended the process. A file without tests did not load.
  return { verdict: all.length > 0 ? 'FAILED' : 'BROKEN', failed };
}

/** What is wrong with these tests before anything is taken away. */
async function faultsOfBaseline(copy: string, tests: readonly string[]): Promise<string[]> {
  const ran = await runVitest(copy, tests, [], BASELINE_LIMIT_MS);
  if (ran === null) return ['the tests did not run to their end'];
  const faults = tests.flatMap((test) => {
    const file = ran.files.find(({ name }) => name.endsWith(`/${test}`));
    if (file === undefined) return [`${test} was not run`];
    const failed = file.assertionResults.filter(({ status }) => status === 'failed');
    return file.status === 'passed' ? [] : [`${test}: ${failed.map(({ title }) => title).join('; ')}`];
  });
  return faults.length === 0 && ran.code !== 0 ? ['an error outside of the tests'] : faults;
}

/** Applies the edits and answers how to take them back, or which text is not there exactly once. */
function apply(copy: string, { edits }: Mutation): { undo(): void } | { missing: string } {
  const before = new Map<string, string>();
  const undo = () => {
    for (const [path, text] of before) writeFileSync(path, text);
  };
  for (const [file, find, replace] of edits) {
    const path = join(copy, file);
    const text = readFileSync(path, 'utf8');
    if (text.split(find).length !== 2) {
      undo();
      return { missing: `${file}: ${find}` };
    }
    if (!before.has(path)) before.set(path, text);
    writeFileSync(
      path,
      text.replace(find, () => replace),
    );
  }
  return { undo };
}

async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  const isChosen = ({ row, without }: Mutation) =>
    wanted.length === 0 ||
    wanted.some((one) => (/^\d+$/.test(one) ? Number(one) === row : without.includes(one)));
  const chosen = mutations.filter(isChosen);
  if (chosen.length === 0) throw new Error(`There is no mutation of ${wanted.join(', ')}.`);
  const copies = [copyTree('mutants')];
  let faults = 0;
  const say = (row: number, verdict: string, text: string) =>
    console.log(`${String(row).padStart(2)}  ${verdict.padEnd(9)} ${text}`);

  async function judge(copy: string, mutation: Mutation): Promise<void> {
    const applied = apply(copy, mutation);
    if ('missing' in applied) {
      faults += 1;
      return say(mutation.row, 'NOT FOUND', applied.missing);
    }
    const { verdict, failed } = await runMutant(copy, mutation.test, mutation.titled);
    applied.undo();
    if (verdict !== 'FAILED') faults += 1;
    const named = { PASSED: 'SURVIVED', FAILED: 'killed', BROKEN: 'BROKEN' }[verdict];
    say(mutation.row, named, `without ${mutation.without} — ${failed[0] ?? mutation.titled}`);
  }

  try {
    const [first = ''] = copies;
    for (const fault of await faultsOfBaseline(first, [...new Set(chosen.map(({ test }) => test))])) {
      faults += 1;
      say(0, 'FAILED', `${fault} does not pass as it is`);
    }
    while (copies.length < AT_ONCE) copies.push(copyTree('mutants'));
    const queue = chosen.values();
    await Promise.all(
      copies.map(async (copy) => {
        for (const mutation of queue) await judge(copy, mutation);
      }),
    );
  } finally {
    for (const copy of copies) rmSync(copy, { recursive: true, force: true });
  }
  console.log(`${chosen.length - faults} of ${chosen.length} killed`);
  process.exitCode = faults === 0 ? 0 : 1;
}

await main();
