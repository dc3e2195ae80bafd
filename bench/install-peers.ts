import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The competitors have a package of their own, so that nobody who only uses this project downloads them. */
export function installPeers(name: 'peers' | 'peers-quant' | 'peers-fanout'): void {
  const folder = fileURLToPath(new URL(`${name}/`, import.meta.url));
  const { dependencies } = JSON.parse(readFileSync(`${folder}package.json`, 'utf8')) as {
    dependencies: Readonly<Record<string, string>>;
  };
  if (Object.entries(dependencies).every(([peer, version]) => installed(folder, peer) === version)) return;
  console.log(`installing the peers (npm ci in bench/${name}) …`);
  // Their native add-ons are optional; without scripts nothing is built or run at install.
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error(`npm ci in ${folder} failed`);
}

function installed(folder: string, peer: string): string | null {
  const file = `${folder}node_modules/${peer}/package.json`;
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version : null;
}
