import { IndicatorIdEnum } from '../catalog/catalog.graphql.ts';
import { InvalidInputError } from '../errors.ts';
import { builder } from '../graphql/builder.ts';
import { described } from '../graphql/described.ts';
import { type IndicatorId, indicatorOf } from '../quant/indicators/index.ts';
import { LINES, type LineId, linePlaceOf } from './lines.ts';
import type { RankedNumber, Screen } from './ranking.ts';

export const MAX_SCREENS = 10;

export const numberTexts: Readonly<Record<RankedNumber, string>> = {
  SCORE: 'The score, -1 to 1.',
  CONVICTION: 'Share of the available weight that spoke, 0 to 1.',
  COVERAGE: 'Share of the voters’ weight that had a value, 0 to 1.',
  ENTRY: 'Entry of the trade plan; none without a plan.',
  STOP: 'Stop of the trade plan; none without a plan.',
  TARGET: 'Target of the trade plan; none without a plan.',
  RISK_REWARD: 'Ratio of the trade plan; none without a plan.',
  CLOSE: 'Close of the bar.',
  CHANGE: 'Close less the close before it.',
  CHANGE_PCT: 'The same in percent of the close before it.',
  VOLUME: 'Units traded in the bar.',
  AVERAGE_VOLUME: 'Mean volume of the 20 bars that end with it.',
  VOLUME_RATIO: 'Volume over the mean of the 20 bars before.',
};

const RankedNumberEnum = builder.enumType('RankedNumber', {
  description: 'A number of the latest result that rankings screen on.',
  values: described(numberTexts),
});

export const LineNameEnum = builder.enumType('LineName', {
  description: 'The lines of the indicators, by the names that readings have them by.',
  values: Object.fromEntries(
    LINES.map(({ line }) => [
      line,
      {
        description: `A line of ${LINES.filter((one) => one.line === line)
          .map(({ indicator }) => indicator)
          .join(' and ')}.`,
      },
    ]),
  ) as Record<string, { description: string }>,
});

export const RankingScreenInput = builder.inputType('RankingScreen', {
  description:
    'Bounds of a number of the latest result, or of a line of one of its indicators. At least one bound; all that are given must hold. A row without the number is left out.',
  fields: (t) => ({
    number: t.field({ type: RankedNumberEnum, description: 'The number; or name an indicator instead.' }),
    indicator: t.field({ type: IndicatorIdEnum, description: 'The indicator.' }),
    line: t.field({
      type: LineNameEnum,
      description: 'The line of the indicator; default: the one that a list shows.',
    }),
    lt: t.float({ description: 'Less than this.' }),
    lte: t.float({ description: 'This or less.' }),
    gt: t.float({ description: 'More than this.' }),
    gte: t.float({ description: 'This or more.' }),
  }),
});

export interface ScreenInput extends FigureInput {
  readonly lt?: number | null | undefined;
  readonly lte?: number | null | undefined;
  readonly gt?: number | null | undefined;
  readonly gte?: number | null | undefined;
}

interface FigureInput {
  readonly indicator?: IndicatorId | null | undefined;
  readonly line?: string | null | undefined;
  readonly number?: RankedNumber | null | undefined;
}

/** Throws InvalidInputError unless exactly one of number and indicator is named, and the indicator has the line. */
export function toFigure<Name extends string>(
  field: string,
  name: Name | null | undefined,
  key: string,
  { indicator, line }: Pick<FigureInput, 'indicator' | 'line'>,
): Name | LineId {
  if ((name == null) === (indicator == null))
    throw new InvalidInputError(field, `${field} names either ${key} or indicator.`);
  if (name != null && line != null)
    throw new InvalidInputError(`${field}.line`, 'A line belongs to an indicator.');
  if (name != null) return name;
  const id = indicator as IndicatorId;
  const found = { indicator: id, line: line ?? indicatorOf(id).display };
  if (linePlaceOf(found) === 0) {
    const lines = LINES.filter((one) => one.indicator === id).map((one) => one.line);
    throw new InvalidInputError(`${field}.line`, `${id} has the lines ${lines.join(', ')}, not ${line}.`);
  }
  return found;
}

function toScreen(input: ScreenInput, i: number): Screen {
  const field = `filter.screens.${i}`;
  const of = toFigure(field, input.number, 'number', input);
  const { lt, lte, gt, gte } = input;
  const bounds = { lt: lt ?? undefined, lte: lte ?? undefined, gt: gt ?? undefined, gte: gte ?? undefined };
  if (Object.values(bounds).every((bound) => bound === undefined))
    throw new InvalidInputError(field, `${field} has at least one of lt, lte, gt and gte.`);
  return { of, ...bounds };
}

/** Throws InvalidInputError naming the screen that means nothing. */
export function toScreens(inputs: readonly ScreenInput[]): readonly Screen[] {
  if (inputs.length > MAX_SCREENS)
    throw new InvalidInputError('filter.screens', `Name at most ${MAX_SCREENS} screens.`);
  return inputs.map(toScreen);
}
