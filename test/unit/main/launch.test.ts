import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const root = new URL('../../..', import.meta.url);

test('every script that starts Node replaces the shell of npm, which would keep signals to itself', () => {
  const { scripts } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  const starting = Object.entries(scripts).filter(([, text]) => /\bnode /.test(text));
  expect(starting.length).toBeGreaterThan(10);
  for (const [name, text] of starting) expect(`${name}: ${text}`).toMatch(/^\S+: exec node /);
});

test('a process that npm started stops when npm is killed', { timeout: 60_000 }, async () => {
  const module = `data:text/javascript,${encodeURIComponent(`
    export async function main() {
      process.once('SIGTERM', () => { console.log('stopping'); process.exit(); });
      setInterval(() => undefined, 1_000);
      console.log('running');
    }`)}`;
  const launcher = new URL('src/main/launch.mjs', root).href;
  const code = `import(${JSON.stringify(launcher)}).then(({ launch }) => launch(${JSON.stringify(module)}))`;
  // Two commands, so that the shell stays between this process and the launched one, as npm does.
  const npm = spawn('sh', ['-c', '"$0" -e "$1"; true', process.execPath, code], {
    env: { ...process.env, npm_lifecycle_event: 'start' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  npm.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    if (text === 'running\n') npm.kill('SIGKILL');
  });
  // The output stays open for as long as the launched process has it.
  await once(npm, 'close');
  expect(text).toBe('running\nstopping\n');
});
