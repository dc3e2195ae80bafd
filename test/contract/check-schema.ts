import { readFileSync, writeFileSync } from 'node:fs';
import { compareSchemas, faultyDeprecations } from './compare-schemas.ts';

const file = (name: string) => new URL(`../../${name}`, import.meta.url);
const read = (name: string) => readFileSync(file(name), 'utf8');

/** `npm run schema:check`; with `-- --release`, which is a step of a release and of nothing else, the schema becomes the released one. */
const [released, current, today] = [
  read('schema.released.graphql'),
  read('schema.graphql'),
  new Date().toISOString().slice(0, 10),
];
const { breaking, dangerous } = compareSchemas(released, current, today);
const faulty = faultyDeprecations(released, current, today);
for (const change of dangerous) console.log(`note: ${change}`);
for (const change of breaking) console.error(`breaking: ${change}`);
for (const reason of faulty) console.error(`deprecation without a day or with too little notice: ${reason}`);
if (breaking.length + faulty.length > 0) process.exit(1);
console.log('schema.graphql keeps what schema.released.graphql promised.');
if (process.argv.includes('--release')) writeFileSync(file('schema.released.graphql'), current);
