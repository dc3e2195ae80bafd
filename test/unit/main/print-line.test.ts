import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { escapeControls, printLine } from '../../../src/main/print-line.ts';

test('a text is one line without anything that a terminal obeys, and the same text otherwise', () => {
  const print = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  onTestFinished(() => print.mockRestore());
  printLine('a\n00000000  admin\u001b[31m \u009b2J \u202Egnp \u2028 \u{e0041} é 名 🙂');
  expect(print.mock.calls).toEqual([
    ['a\\u000a00000000  admin\\u001b[31m \\u009b2J \\u202egnp \\u2028 \\udb40\\udc41 é 名 🙂'],
  ]);
  for (let unit = 0; unit < 0x3000; unit += 1)
    expect(/[\p{Cc}\p{Cf}\u2028\u2029]/u.test(escapeControls(String.fromCharCode(unit)))).toBe(false);
});

test('JSON stays JSON, of the same value', () => {
  const value = { 'a\u0085': 'b\u202e"\\' };
  expect(JSON.parse(escapeControls(JSON.stringify(value)))).toEqual(value);
});

test('the commands write through printLine only', () => {
  const folder = new URL('../../../src/main/', import.meta.url);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const names = files.map(({ parentPath, name }) => relative(fileURLToPath(folder), join(parentPath, name)));
  const writers = names.filter((name) =>
    /console\.(log|info|error)|stdout/.test(readFileSync(new URL(name, folder), 'utf8')),
  );
  // The demo draws what it has made itself, and the launcher has `withoutControls`.
  expect(writers.sort()).toEqual(['demo-screen.ts', 'launch.mjs', 'print-line.ts']);
});
