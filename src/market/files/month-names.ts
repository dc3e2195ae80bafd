/** Beginnings of the names of months, as `plainName` leaves them; `$` ends a whole name. */
const months: readonly (readonly string[])[] = [
  ['jan', 'ene', 'gen', 'янв', 'sty', 'oca', '一月'],
  ['feb', 'fev', 'фев', 'lut', 'sub'],
  ['mar', 'maer', 'mrz', 'mrt', 'мар'],
  ['apr', 'avr', 'abr', 'апр', 'kwi', 'nis'],
  ['may', 'mai', 'mei', 'mag', 'maj', 'май', 'мая'],
  ['jun', 'juin', 'giu', 'июн', 'cze', 'haz'],
  // Croatian has `lipanj` for June and `listopad` for October.
  ['jul', 'juil', 'lug', 'июл', 'lip$', 'lipiec$', 'lipca$', 'tem'],
  ['aug', 'aou', 'ago', 'авг', 'sie', 'agu'],
  ['sep', 'set', 'сен', 'wrz', 'eyl'],
  ['oct', 'okt', 'ott', 'out', 'окт', 'paz', 'eki'],
  ['nov', 'ноя', 'lis$', 'kas'],
  ['dec', 'dez', 'dic', 'des', 'дек', 'gru', 'ara'],
];

/** Small letters without accents. */
const plainName = (name: string) => name.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();

/** The Cyrillic `й` loses its accent, too. */
const starts = months.map((names) => names.map(plainName));

/** 1 to 12, by the beginning of a month's name; null: it is none. */
export function monthOf(name: string): number | null {
  const plain = `${plainName(name)}$`;
  const at = starts.findIndex((names) => names.some((start) => plain.startsWith(start)));
  return at < 0 ? null : at + 1;
}
