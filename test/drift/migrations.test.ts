import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

test('the migrations lead to the tables of the code (else: npm run migration)', () => {
  // Inside the project: drizzle-kit takes relative folders only. A fresh clone has no cache folder yet.
  const cache = join(root, '.cache');
  mkdirSync(cache, { recursive: true });
  const scratch = mkdtempSync(join(cache, 'drift-'));
  try {
    cpSync(join(root, 'drizzle'), scratch, { recursive: true });
    const before = readdirSync(scratch).length;
    const kit = join(root, 'node_modules/.bin/drizzle-kit');
    const out = scratch.slice(root.length);
    const text = execFileSync(
      kit,
      ['generate', '--dialect', 'postgresql', '--schema', 'src/db/*tables.ts', '--out', out],
      { cwd: root, encoding: 'utf8' },
    );
    expect(text).toContain('No schema changes');
    expect(readdirSync(scratch)).toHaveLength(before);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
});
