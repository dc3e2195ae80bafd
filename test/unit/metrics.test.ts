import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createMetrics } from '../../src/metrics.ts';

test('docs/metrics.md lists every metric, with its type and labels, and no other', () => {
  const text = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
  const documented = [...text.matchAll(/^\| `(\w+)` \| (\w+) \| ([^|]*) \|/gm)].map(
    ([, name, type, labels = '']) => [name, type, [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label)],
  );
  type Described = { name: string; type: string; labelNames?: string[] };
  const registered = (createMetrics().registry.getMetricsAsArray() as unknown as Described[]).map(
    ({ name, type, labelNames = [] }) => [name, type, labelNames],
  );
  expect(documented).toHaveLength(registered.length);
  expect(documented).toEqual(expect.arrayContaining(registered));
});
