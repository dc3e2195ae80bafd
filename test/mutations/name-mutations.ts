import { fileMutation, type Mutation } from './mutation.ts';

const name = 'src/name.ts';
const names = 'test/integration/names.test.ts';
const unit = 'test/unit/name.test.ts';

export const nameMutations: readonly Mutation[] = [
  fileMutation(19, unit, 'compatibility forms in folded names', 'the folded name', [
    name,
    "    .normalize('NFKC')\n    .toLowerCase()",
    '    .toLowerCase()',
  ]),
  fileMutation(19, unit, 'the upper case between two lower cases', 'are equal', [
    name,
    '    .toUpperCase()\n    .toLowerCase()\n',
    '',
  ]),
  fileMutation(19, unit, 'one form of the Greek sigma', 'the folded name', [
    name,
    "    .replaceAll('ς', 'σ')\n",
    '',
  ]),
  fileMutation(19, unit, 'the scripts that need joiners', 'have hidden characters', [
    name,
    '.replace(LETTER_JOINER',
    '.replace(/[\\u200c\\u200d]/gu',
  ]),
  fileMutation(19, unit, 'the end of the flag of a region', 'have hidden characters', [
    name,
    '{3,6}\\u{e007f}/gu',
    '{3,6}\\u{e007f}?/gu',
  ]),
  fileMutation(19, unit, 'names that show something', 'shows nothing', [
    name,
    "if (name.replace(INVISIBLE, '') === '')",
    'if (false)',
  ]),
  fileMutation(
    19,
    names,
    'the key that a renaming stores and the comparison before it',
    'is taken for',
    [
      'src/watchlists/edit-watchlist.ts',
      'if (taken !== undefined) throw',
      'if (others.length < 0 && key) throw',
    ],
    ['src/watchlists/watchlist.store.ts', 'set({ name, nameKey: foldName(name) })', 'set({ name })'],
  ),
  fileMutation(19, names, 'the comparison with lists that have no key', 'names of an earlier version', [
    'src/watchlists/edit-watchlist.ts',
    'if (taken !== undefined) throw',
    'if (others.length < 0 && key) throw',
  ]),
  fileMutation(19, names, 'the index that no foreign key refers to', 'changes while a submit holds', [
    'drizzle/0031_index_folded_names.sql',
    '("workspace_id","name_key") WHERE name_key is not null',
    '("workspace_id","name_key")',
  ]),
  fileMutation(19, names, 'the key of the default list', 'of the default list', [
    'drizzle/0030_fold_names.sql',
    "'Default', 'default', true",
    "'Default', 'Default', true",
  ]),
  fileMutation(19, names, 'the check of descriptions', 'has no hidden characters', [
    name,
    "  requireVisible('description', text);\n",
    '',
  ]),
  fileMutation(19, names, 'the oldest of equal names', 'names of an earlier version', [
    'src/db/fill-name-keys.ts',
    'k.key, t.id',
    'k.key, t.id desc',
  ]),
  fileMutation(19, names, 'the removal of keys of former names', 'get the keys of their present names', [
    'src/db/fill-name-keys.ts',
    'key !== foldName(name)',
    'key !== foldName(name) && false',
  ]),
];
