import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const pages = globSync(['*.md', 'docs/*.md', 'docs/guides/*.md'], { cwd: root });
const read = (file: string) => readFileSync(resolve(root, file), 'utf8');

/** The anchor that GitHub makes of a heading. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-');

const anchorsOf = (page: string) =>
  [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));

const links = pages.flatMap((page) =>
  [...read(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, to = '']) => to)
    .filter((to) => !/^[a-z]+:/.test(to))
    .map((to) => ({ page, to })),
);

test('every link between the pages of the documentation leads to a file and a heading', () => {
  expect(links.length).toBeGreaterThan(100);
  const broken = links.filter(({ page, to }) => {
    const [path = '', anchor] = to.split('#');
    const file = path === '' ? resolve(root, page) : resolve(root, dirname(page), path);
    if (!existsSync(file)) return true;
    return anchor !== undefined && file.endsWith('.md') && !anchorsOf(file).includes(anchor);
  });
  expect(broken).toEqual([]);
});

test('docs/README.md lists every page', () => {
  const listed = links.filter(({ page }) => page === 'docs/README.md').map(({ to }) => to);
  const all = globSync(['*.md', 'guides/*.md'], { cwd: resolve(root, 'docs') });
  expect(all.filter((page) => page !== 'README.md' && !listed.includes(page))).toEqual([]);
});
