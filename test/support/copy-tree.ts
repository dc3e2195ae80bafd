import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Copies what git tracks or would track into a new folder, which the caller removes. The copy uses the packages of this tree. Returns its path. */
export function copyTree(purpose: string): string {
  const copy = mkdtempSync(join(tmpdir(), `thetool-${purpose}-`));
  chmodSync(copy, 0o755);
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
  });
  const made = new Set<string>();
  for (const file of list.toString().split('\0')) {
    // A file that was removed and not committed yet is listed, too.
    if (file === '' || !existsSync(join(root, file))) continue;
    const folder = dirname(join(copy, file));
    if (!made.has(folder)) mkdirSync(folder, { recursive: true });
    made.add(folder);
    copyFileSync(join(root, file), join(copy, file));
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}
