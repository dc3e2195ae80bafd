import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

test('ids from outside are parsed in one place (else: use parseUuid of src/uuid.ts, which gives them one spelling)', () => {
  const files = globSync('src/**/*.ts', { cwd: root }).filter((file) =>
    /import \{[^}]*\bvalidate\b[^}]*\} from 'uuid'/.test(readFileSync(resolve(root, file), 'utf8')),
  );
  expect(files).toEqual(['src/uuid.ts']);
});
