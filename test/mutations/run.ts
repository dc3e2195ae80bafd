import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Mutation } from './mutation.ts';
import { mutations } from './mutations.ts';

/*
 * npm run mutate [-- row…]
 *
 * Takes one protection after the other away in a copy of the tree and runs the test that must notice. Fails when one survives, when
 * its place in the code is no longer found, or when the tests do not pass before anything is taken away.
 */

const root = fileURLToPath(new URL('../..', import.meta.url));
const LIMIT_MS = 240_000;

interface Outcome {
  readonly verdict: 'PASSED' | 'FAILED' | 'BROKEN';
  /** Titles of the tests that failed. */
  readonly failed: readonly string[];
}

/** A copy of what git tracks or would, beside the packages of this tree. */
function copyTree(): string {
  const copy = mkdtempSync(join(tmpdir(), 'thetool-mutants-'));
  chmodSync(copy, 0o755);
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
  });
  for (const file of list.toString().split('\0')) {
    if (file === '') continue;
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

async function runTests(copy: string, test: string, titled: string | null): Promise<Outcome> {
  const report = join(copy, 'report.json');
  rmSync(report, { force: true });
  const filter = titled === null ? [] : ['-t', titled.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')];
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const reporting = ['--reporter=json', `--outputFile=${report}`];
  const child = spawn(
    process.execPath,
    [vitest, 'run', '--project', 'integration', ...reporting, ...filter, test],
    {
      cwd: copy,
      stdio: 'ignore',
    },
  );
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  const [code] = await once(child, 'close');
  clearTimeout(timer);
  if (!existsSync(report)) return { verdict: 'BROKEN', failed: [] };
  const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
    testResults: { assertionResults: { status: string; title: string }[] }[];
  };
  const all = testResults.flatMap((file) => file.assertionResults);
  const failed = all.filter(({ status }) => status === 'failed').map(({ title }) => title);
  if (code === 0) {
    return { verdict: all.some(({ status }) => status === 'passed') ? 'PASSED' : 'BROKEN', failed };
  }
  // Without a failed test: a hook failed, or an error that nobody caught would have ended the process. A file without tests did not load.
  return { verdict: all.length > 0 ? 'FAILED' : 'BROKEN', failed };
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
  const rows = process.argv.slice(2).map(Number);
  const chosen = mutations.filter(({ row }) => rows.length === 0 || rows.includes(row));
  const copy = copyTree();
  let faults = 0;
  const say = (row: number, verdict: string, text: string) =>
    console.log(`${String(row).padStart(2)}  ${verdict.padEnd(9)} ${text}`);
  try {
    for (const test of new Set(chosen.map((mutation) => mutation.test))) {
      const { verdict, failed } = await runTests(copy, test, null);
      if (verdict === 'PASSED') continue;
      faults += 1;
      say(0, verdict, `${test} does not pass as it is: ${failed.join('; ')}`);
    }
    for (const mutation of chosen) {
      const applied = apply(copy, mutation);
      if ('missing' in applied) {
        faults += 1;
        say(mutation.row, 'NOT FOUND', applied.missing);
        continue;
      }
      const { verdict, failed } = await runTests(copy, mutation.test, mutation.titled);
      applied.undo();
      if (verdict !== 'FAILED') faults += 1;
      const named = { PASSED: 'SURVIVED', FAILED: 'killed', BROKEN: 'BROKEN' }[verdict];
      say(mutation.row, named, `without ${mutation.without} — ${failed[0] ?? mutation.titled}`);
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
  console.log(`${chosen.length - faults} of ${chosen.length} killed`);
  process.exitCode = faults === 0 ? 0 : 1;
}

await main();
