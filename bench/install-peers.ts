import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('peers/', import.meta.url));

/** The competitors have a package of their own, so that nobody who only uses this project downloads them. */
export function installPeers(): void {
  const { dependencies } = JSON.parse(readFileSync(`${folder}package.json`, 'utf8')) as {
    dependencies: Readonly<Record<string, string>>;
  };
  if (Object.entries(dependencies).every(([name, version]) => installed(name) === version)) return;
  console.log('installing the peers (npm ci in bench/peers) …');
  // Their native add-ons are optional; without scripts nothing is built or run at install.
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error(`npm ci in ${folder} failed`);
}

function installed(name: string): string | null {
  const file = `${folder}node_modules/${name}/package.json`;
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version : null;
}
