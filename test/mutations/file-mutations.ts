import { fileMutation, type Mutation } from './mutation.ts';

const trapsTest = 'test/unit/market/price-file-traps.test.ts';
const dialectsTest = 'test/unit/market/price-file-dialects.test.ts';
const namesTest = 'test/unit/market/price-names.test.ts';
const datesTest = 'test/unit/market/price-file-calendars.test.ts';
const numbersTest = 'test/unit/market/price-file-numbers.test.ts';
const currencyTest = 'test/unit/market/price-currency.test.ts';
const folder = 'src/market/files';

const columnsTest = 'test/unit/market/price-file-columns.test.ts';

const kindsTest = 'test/unit/market/price-file-kinds.test.ts';

export const fileMutations: readonly Mutation[] = [
  fileMutation(
    17,
    kindsTest,
    'the refusal of dates that daylight saving has shifted',
    'refused with the day',
    [`${folder}/check-days.ts`, '  requireOneWeek(days, lineOf);', ''],
  ),
  fileMutation(17, kindsTest, 'the refusal of dates that begin again', 'are a second ticker', [
    `${folder}/read-price-file.ts`,
    '  requireOneSeries(rows, days, columns.close);',
    '',
  ]),
  fileMutation(17, kindsTest, 'the refusal of rows that are moved by a cell', 'is refused', [
    `${folder}/check-rows.ts`,
    '  refuseMoved(header, rows);',
    '',
  ]),
  fileMutation(17, columnsTest, 'the lines of units below a header', 'may be units', [
    `${folder}/table.ts`,
    'filter((cell) => !noTicker(cell))',
    "filter((cell) => cell !== '')",
  ]),
  fileMutation(17, columnsTest, 'the unit of volumes below a header', 'multiply volumes', [
    `${folder}/table.ts`,
    'withDates(withUnits(joined.header, joined.rows), joined.rows)',
    'withDates(joined.header, joined.rows)',
  ]),
  fileMutation(17, columnsTest, 'the note with a date at the end', 'may end with the note', [
    `${folder}/table.ts`,
    'const read = isNote ? null : readDate(dateCell);',
    'const read = readDate(dateCell);',
  ]),
  fileMutation(17, columnsTest, 'a split that is dated beside its session', 'taken out there', [
    `${folder}/stated-splits.ts`,
    'shownNear(raw, on, size, 1)',
    'shownNear(raw, on, size, 0)',
  ]),
  fileMutation(17, columnsTest, 'the gate of splits of another day', 'takes the plan', [
    `${folder}/stated-splits.ts`,
    'return shownNear(raw, on, size, reach) !== on;',
    'return reach === 0;',
  ]),
  fileMutation(17, columnsTest, 'the report of splits that cannot be read', 'is reported', [
    `${folder}/unread-columns.ts`,
    'if (found === undefined) return [];',
    'if (found !== null) return [];',
  ]),
  fileMutation(17, columnsTest, 'an adjusted close that shows in its factor', 'shows in its factor', [
    `${folder}/read-numbers.ts`,
    'isAdjustedClose(close, values)) return',
    'isAdjustedClose(values, close)) return',
  ]),
  fileMutation(17, columnsTest, 'the refusal of exchanged opens and closes', 'are closes, and refused', [
    `${folder}/read-price-file.ts`,
    'refuseExchanged(raw, lineOf);',
    '',
  ]),
  fileMutation(17, trapsTest, 'the refusal of factors that prices have already', 'certainly do not show', [
    `${folder}/factors.ts`,
    'if (showsNone(raw, steps, by)) return fail',
    'if (raw.open.length === 0) return fail',
  ]),
  fileMutation(
    17,
    'test/unit/market/price-file-dates.test.ts',
    'the refusal of exchanged and sorted dates in a plain file',
    'sorted after it',
    [`${folder}/read-plain.ts`, 'if (showsExchange(read)) return null;', ''],
  ),
  fileMutation(
    17,
    'test/unit/market/price-file-dates.test.ts',
    'the refusal of exchanged and sorted dates',
    'sorted after it',
    [`${folder}/require-unscrambled.ts`, 'if (showsExchange(days)) refuseSorted(cells, days);', ''],
  ),
  fileMutation(17, trapsTest, 'the direction of a column of factors', 'whichever way it counts', [
    `${folder}/factors.ts`,
    "['DIVIDE', costOf(-1)],",
    '',
  ]),
  fileMutation(17, trapsTest, 'the refusal of a factor without evidence', 'in both directions', [
    `${folder}/factors.ts`,
    'if (best === undefined || next === undefined || best[1] > MARGIN * next[1])',
    'if (best === undefined || next === undefined)',
  ]),
  fileMutation(
    17,
    'test/unit/market/price-file-bars.test.ts',
    'volumes that are adjusted already',
    'leave volumes',
    [
      `${folder}/adjust-bars.ts`,
      'adjVolume === undefined && showsAdjustedVolume(raw.volume, ratios)',
      'adjVolume === undefined && showsAdjustedVolume(raw.volume, new Map())',
    ],
  ),
  fileMutation(17, trapsTest, 'the newest bar of an adjusted set', 'brought to the newest bar', [
    `${folder}/adjust-bars.ts`,
    'isRebased && Number.isFinite(factor) ? column.map',
    'isRebased && factor < 0 ? column.map',
  ]),
  fileMutation(17, trapsTest, 'the refusal of thousands that are separated like columns', 'without quotes', [
    `${folder}/check-rows.ts`,
    "if (separator === ',') refuseGroups(header, rows);",
    '',
  ]),
  fileMutation(17, trapsTest, 'the refusal of rows that are too short', 'before a column that is not used', [
    `${folder}/check-rows.ts`,
    'if (!isWhole(header, numeric, row)) refuseShort(header, row);',
    'void row;',
  ]),
  fileMutation(17, trapsTest, 'the refusal of a second table', 'with other columns', [
    `${folder}/check-tables.ts`,
    'if (!isMoved && !isBehindGap) return;',
    'if (!isBehindGap) return;',
  ]),
  fileMutation(17, trapsTest, 'the comparison of pages', 'with other prices', [
    `${folder}/check-tables.ts`,
    '(isFar(days, close, at) || (isBetween',
    '((isBetween',
  ]),
  fileMutation(17, trapsTest, 'the refusal of weekly bars beside daily ones', 'before daily ones', [
    `${folder}/check-days.ts`,
    'for (const interval of intervals) refuseRun(days, interval, lineOf);',
    '',
  ]),
  fileMutation(
    17,
    trapsTest,
    'the refusal of days from Tuesday to Saturday',
    'Tuesday to Saturday are refused',
    [
      `${folder}/check-days.ts`,
      'if (!isTuesdayToSaturday(countWeekdays(days))) return;',
      'if (days.length > 0) return;',
    ],
  ),
  fileMutation(17, trapsTest, 'the refusal of evenings without a zone', 'without a zone', [
    `${folder}/decide-sessions.ts`,
    'if (!isEvening || !isSundayToThursday(counts)) return',
    'if (isEvening || !isSundayToThursday(counts)) return',
  ]),
  fileMutation(17, trapsTest, 'the rows of weekends that a program has repeated', 'are left out', [
    `${folder}/carried.ts`,
    'if (carried.length === 0 ||',
    'if (carried.length >= 0 ||',
  ]),
  fileMutation(17, dialectsTest, 'the evidence for columns without a header', 'without a header with', [
    `${folder}/headerless.ts`,
    'return isAscending && goesOn < NEARER * goesBack;',
    'return isAscending;',
  ]),
  fileMutation(17, dialectsTest, 'the evidence for names of rows', 'are no names of rows', [
    `${folder}/complete-header.ts`,
    'if (!long.every(isName)) return header;',
    '',
  ]),
  fileMutation(17, dialectsTest, 'stamps of twelve digits', '202401021600', [
    `${folder}/dates.ts`,
    'if (isStamp(cell)) return readWritten(plainly(cell));',
    '',
  ]),
  fileMutation(17, namesTest, 'the units of volumes in other languages', 'multiplies them', [
    `${folder}/volume-units.ts`,
    "if (multiple !== undefined) return { kind: 'MULTIPLE', factor: multiple[1] };",
    '',
  ]),
  fileMutation(17, namesTest, 'the check that a volume counts shares', 'leaves them out', [
    `${folder}/usable-volumes.ts`,
    'if (fault === null) continue;',
    'if (fault !== undefined) continue;',
  ]),
  fileMutation(17, namesTest, 'the market of a lot', 'in mainland China', [
    `${folder}/usable-volumes.ts`,
    "if (unit.kind === 'LOTS' && !isOfMainland(header))",
    "if (unit.kind === 'LOTS' && header === null)",
  ]),
  fileMutation(17, namesTest, 'the report of units of prices', 'is not known is reported', [
    `${folder}/price-names.ts`,
    'if (names.length === 0) return [];',
    'if (names.length >= 0) return [];',
  ]),
  fileMutation(17, numbersTest, 'columns beside the prices as evidence of decimals', 'by a percentage', [
    `${folder}/decide-decimal.ts`,
    'if (ofOthers !== null) return certain(ofOthers);',
    '',
  ]),
  fileMutation(17, numbersTest, 'the moves of prices as evidence of thousands', 'prices that cross 1000', [
    `${folder}/decide-decimal.ts`,
    'if (asDecimals === asThousands) return null;',
    'if (asDecimals !== asThousands || sign !== null) return null;',
  ]),
  fileMutation(17, numbersTest, 'the refusal of points in quotes', 'in quotes without a number', [
    `${folder}/read-numbers.ts`,
    '!quotedPoint.test(text)',
    'text !== null',
  ]),
  fileMutation(17, numbersTest, 'the refusal of volumes with two readings', 'in volumes of short prices', [
    `${folder}/decide-decimal.ts`,
    '? decideByVolumes(evidence, sign) :',
    '? otherThan(sign) :',
  ]),
  fileMutation(17, numbersTest, 'the refusal of 32nds', 'as 32nds of a point', [
    `${folder}/decide-decimal.ts`,
    'refuseBonds(evidence.prices);',
    '',
  ]),
  fileMutation(17, numbersTest, 'the refusal of units with two meanings', 'where no name of a column', [
    `${folder}/cell-units.ts`,
    "return refuse('AMBIGUOUS_NUMBERS', why, 'Write volumes as whole numbers, without units.', at);",
    'return why === null ? refuse(why, why, why, at) : [];',
  ]),
  fileMutation(17, datesTest, 'the refusal of months of six digits', 'months of six digits', [
    `${folder}/decide-days.ts`,
    'refuseNumbers(cells);',
    '',
  ]),
  fileMutation(17, datesTest, 'the refusal of rounded stamps', 'that have lost digits', [
    `${folder}/dates.ts`,
    '&& ms % DAY_MS === 0 ? fromMs',
    '? fromMs',
  ]),
  fileMutation(17, datesTest, 'hours that are no years', 'without a year', [
    `${folder}/dates.ts`,
    'const noHour = String.raw`',
    "const noHour = '' && String.raw`",
  ]),
  fileMutation(17, datesTest, 'years of Thailand in all dates', 'years of which some alone', [
    `${folder}/decide-days.ts`,
    'shifted.every(isRecent)',
    'shifted.some(isRecent)',
  ]),
  fileMutation(17, numbersTest, 'decimals that look like 32nds', 'decimals of prices between two points', [
    `${folder}/judge-prices.ts`,
    'spanned.size < POINTS',
    'spanned.size < 1',
  ]),
  fileMutation(17, numbersTest, 'long numbers as evidence of decimals', 'by long volumes', [
    `${folder}/decide-decimal.ts`,
    "return shows && (sign === '.' || separator === ';') ? sign : null;",
    "return shows && sign === null && separator === ';' ? sign : null;",
  ]),
  fileMutation(17, numbersTest, 'the doubt about commas between commas', 'with commas between commas', [
    `${folder}/decide-decimal.ts`,
    "(sign === '.' || separator === ';')",
    "(sign === '.' || separator !== '')",
  ]),
  fileMutation(17, currencyTest, 'the refusal of two currencies', 'is refused when two are said', [
    `${folder}/file-currency.ts`,
    'if (other !== undefined) refuseBoth(first, other);',
    '',
  ]),
  fileMutation(17, currencyTest, 'the readings of small letters', 'is not known when it', [
    `${folder}/currencies.ts`,
    'gbp: null,',
    '',
  ]),
  fileMutation(17, currencyTest, 'the tick of a list in pence', 'a tick of a list in pence', [
    'src/quant/tick.ts',
    'majorOf(currency) === ofPrices ? toWhole(tick) : tick',
    'majorOf(currency) === ofPrices ? tick : tick',
  ]),
  fileMutation(
    17,
    'test/unit/market/price-folder.test.ts',
    'the currency of a file',
    'the bars of a file have the currency',
    [
      `${folder}/serve-reads.ts`,
      'cutSeries({ candles, adjustment, currency, warnings }, request)',
      'cutSeries({ candles, adjustment, currency: null, warnings }, request)',
    ],
  ),
  fileMutation(
    17,
    'test/integration/file-currency.test.ts',
    'the report of two currencies',
    'with a warning where they differ',
    [
      'src/market/import-bars.ts',
      'if (asked === null || said === null || isSameCurrency(asked, said)) return [];',
      'if (asked === null || said === null || isSameCurrency(said, said)) return [];',
    ],
  ),
  fileMutation(
    17,
    'test/integration/file-currency.test.ts',
    'the currency of the file of an import',
    'that its file says',
    ['src/market/import-bars.ts', 'const currency = asked ?? said;', 'const currency = asked;'],
  ),
];
