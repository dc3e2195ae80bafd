export const times = (count: number, make: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => make(i)).join(' ');

/** Small documents that grow: 60 doublings are 10^18 fields, equal fields are compared with each other, and each level may be a list. */
export const bombs: [string, string][] = [
  ['500 equal fields', `{ ${times(500, () => '__typename')} }`],
  ['450 equal fields with fields', `{ ${times(450, () => 'queue { paused }')} }`],
  [
    'fragments that double each other 60 times',
    `{ ...F0 } ${times(60, (i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`)} fragment F60 on Query { __typename }`,
  ],
  ['50 levels', `{ jobs { edges { node { ${'retryOf { '.repeat(46)}id${' }'.repeat(46)} } } } }`],
  [
    '50 levels by fragments',
    `{ jobs { edges { node { ...L0 } } } } ${times(46, (i) => `fragment L${i} on Job { retryOf { ${i < 45 ? `...L${i + 1}` : 'id'} } }`)}`,
  ],
];
