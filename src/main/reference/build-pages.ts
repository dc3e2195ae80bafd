import { readFileSync } from 'node:fs';
import { schema } from '../schema.ts';
import { errorsPage } from './errors-page.ts';
import { metricsTables } from './metrics-tables.ts';
import { settingsPage } from './settings-page.ts';

const root = new URL('../../../', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, root), 'utf8');

/** The generated pages as they should be, by their paths. A page that is generated in part is read and its marked parts are replaced. */
export function referencePages(): Record<string, string> {
  return {
    'docs/errors.md': errorsPage(schema),
    'docs/settings.md': settingsPage(read('.env.example')),
    'docs/metrics.md': fill(read('docs/metrics.md'), metricsTables()),
  };
}

/** Replaces what is between `<!-- generated: name -->` and `<!-- end: name -->`. Throws when a mark is missing. */
function fill(page: string, parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts).reduce((text, [name, part]) => {
    const [begin, end] = [`<!-- generated: ${name} -->`, `<!-- end: ${name} -->`];
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`docs/metrics.md has no place "${name}"`);
    return `${text.slice(0, from + begin.length)}\n${part}\n${text.slice(to)}`;
  }, page);
}
