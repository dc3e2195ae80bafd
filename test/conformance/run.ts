import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { compileRelay } from './compile-relay.ts';
import { runFuzz } from './run-fuzz.ts';

/** Suites that run with the integration tests, too. */
const SUITES = [
  'integration/http-audit',
  'integration/protocol',
  'integration/relay-spec',
  'integration/attacks',
  'alone/document-bombs',
  'integration/fuzz',
];

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string' }, count: { type: 'string', default: '10000' } },
});
const [what = 'all'] = positionals;
const parts: Readonly<Record<string, () => boolean | Promise<boolean>>> = {
  suites: () =>
    command('vitest', [
      'run',
      '--project',
      'integration',
      '--project',
      'alone',
      '--reporter',
      'verbose',
      ...SUITES.map((name) => `test/${name}.test.ts`),
    ]),
  relay: compileRelay,
  fuzz: () => runFuzz(Number(values.seed ?? Math.floor(Math.random() * 2 ** 31)), Number(values.count)),
};

function command(name: string, args: readonly string[]): boolean {
  return spawnSync('npx', [name, ...args], { stdio: 'inherit' }).status === 0;
}

if (what !== 'all' && parts[what] === undefined) {
  console.error(`npm run conformance -- [${Object.keys(parts).join(' | ')}] [--seed 1] [--count 10000]`);
  process.exit(1);
}
let held = true;
for (const [name, part] of Object.entries(parts)) {
  if (what !== 'all' && what !== name) continue;
  console.log(`# ${name}`);
  held = (await part()) && held;
}
console.log(held ? 'conformance: all held' : 'conformance: FAILED');
process.exit(held ? 0 : 1);
