import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

/** Rules and lines of what Biome reports with the project's settings for this file. */
function lint(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'thetool-lint-'));
  try {
    const settings = JSON.parse(readFileSync(join(root, 'biome.json'), 'utf8'));
    writeFileSync(join(folder, 'biome.json'), JSON.stringify({ ...settings, vcs: { enabled: false } }));
    mkdirSync(join(folder, 'src'));
    writeFileSync(join(folder, 'src/seeded.ts'), text);
    const biome = join(root, 'node_modules/.bin/biome');
    const { stdout, stderr } = spawnSync(biome, ['lint', 'src'], { cwd: folder, encoding: 'utf8' });
    return `${stdout}${stderr}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('the linter finds a promise that nobody waits for', () => {
  const text = (statement: string) =>
    `async function work(): Promise<void> {}\nexport function start(): void {\n  ${statement}\n}\n`;
  expect(lint(text('work();'))).toContain('noFloatingPromises');
  expect(lint(text('void work();'))).not.toContain('noFloatingPromises');
});

/**
 * Lines that return a call without `await` below a `using` or `await using` of the same block. What was declared is disposed of as
 * soon as the function returns: the promise then works with a file or connection that is closed, and its rejection may come before
 * anybody can handle it. A value that is no promise is put in a constant first. Relies on the indentation that Biome enforces.
 */
function returnsOutOfUsing(text: string): number[] {
  const found: number[] = [];
  const scopes: number[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const indent = line.search(/\S/);
    while (scopes.length > 0 && indent < (scopes.at(-1) ?? 0)) scopes.pop();
    if (/^\s*(await )?using \w+ = /.test(line)) scopes.push(indent);
    const returned = /^\s*(?:if \(.*\) )?return (?!await\b)(.*)$/.exec(line)?.[1] ?? '';
    if (scopes.length > 0 && returned.includes('(')) found.push(i + 1);
  }
  return found;
}

test('a promise that is returned out of a block with `using` is found', () => {
  const body = (last: string) =>
    `async function read() {\n  await using file = await open('x');\n  ${last}\n}\nfunction other() {\n  return call();\n}\n`;
  expect(returnsOutOfUsing(body('return file.readFile();'))).toEqual([3]);
  expect(returnsOutOfUsing(body('if (file.size > 0) return file.readFile();'))).toEqual([3]);
  expect(returnsOutOfUsing(body('return await file.readFile();'))).toEqual([]);
  expect(returnsOutOfUsing(body('return text;'))).toEqual([]);
  expect(returnsOutOfUsing(body('return;'))).toEqual([]);
});

test('no promise of the code is returned out of a block with `using`', () => {
  const files = globSync('{src,test,bench}/**/*.{ts,mjs}', { cwd: root });
  expect(files.length).toBeGreaterThan(300);
  const found = files
    .filter((file) => file !== 'test/unit/promises.test.ts')
    .flatMap((file) =>
      returnsOutOfUsing(readFileSync(join(root, file), 'utf8')).map((line) => `${file}:${line}`),
    );
  expect(found).toEqual([]);
});
