import { writeFileSync } from 'node:fs';
import { referencePages } from './reference/build-pages.ts';

/** Writes the generated pages of docs/, which are reviewed with every change of a code, a setting or a metric. */
for (const [file, text] of Object.entries(referencePages()))
  writeFileSync(new URL(`../../${file}`, import.meta.url), text);
