import { IndicatorIdEnum } from '../catalog/catalog.graphql.ts';
import { InvalidInputError } from '../errors.ts';
import { builder } from '../graphql/builder.ts';
import { described } from '../graphql/described.ts';
import { type IndicatorId, indicatorOf } from '../quant/indicators/index.ts';
import { LINES, type LineId, linePlaceOf } from './lines.ts';
import type { RankedNumber, Screen } from './ranking.ts';

export const MAX_SCREENS = 10;

export const numberTexts: Readonly<Record<RankedNumber, string>> = {
  SCORE: 'Weighted mean of the indicator votes, -1 to 1.',
  CONVICTION:
    'Weighted mean confidence of the voting indicators that have a value, 0 to 1; neutral votes count as 0.',
  COVERAGE: 'Share of the voting indicators’ weight that belongs to indicators with a value, 0 to 1.',
  ENTRY: 'Entry price of the trade plan; absent without a plan.',
  STOP: 'Stop price of the trade plan; absent without a plan.',
  TARGET: 'Target price of the trade plan; absent without a plan.',
  RISK_REWARD: 'Reward-to-risk ratio of the trade plan; absent without a plan.',
  CLOSE: 'Last price of the bar, in the currency of the result.',
  CHANGE: 'Last price of the bar minus that of the preceding bar, in the currency of the result.',
  CHANGE_PCT: '`CHANGE` as a percentage of the last price of the preceding bar.',
  VOLUME: 'Units traded in the bar.',
  AVERAGE_VOLUME: 'Mean volume of the last 20 bars including this bar, in units.',
  VOLUME_RATIO: 'Volume of the bar divided by the mean volume of the 20 bars before.',
};

const RankedNumberEnum = builder.enumType('RankedNumber', {
  description: 'A number of the latest result that rankings can filter and sort by.',
  values: described(numberTexts),
});

export const LineNameEnum = builder.enumType('LineName', {
  description: 'Names of the lines of the indicators, as in `IndicatorReading.lines`.',
  values: Object.fromEntries(
    LINES.map(({ line }) => [
      line,
      {
        description: `Line \`${line}\` of the indicator ${LINES.filter((one) => one.line === line)
          .map(({ indicator }) => indicator)
          .join(' and ')}.`,
      },
    ]),
  ) as Record<string, { description: string }>,
});

export const RankingScreenInput = builder.inputType('RankingScreen', {
  description:
    'Bounds of a number of the latest result, or of a line of one of its indicators. At least one bound is required and all given bounds must hold. Rows without the number are omitted.',
  fields: (t) => ({
    number: t.field({
      type: RankedNumberEnum,
      description: 'Number to compare. Give either `number` or `indicator`.',
    }),
    indicator: t.field({
      type: IndicatorIdEnum,
      description: 'Indicator to compare by one of its lines. Give either `number` or `indicator`.',
    }),
    line: t.field({
      type: LineNameEnum,
      description: 'Line of the indicator; default: the line that `IndicatorSeries.display` names.',
    }),
    lt: t.float({ description: 'The value must be less than this bound.' }),
    lte: t.float({ description: 'The value must be less than or equal to this bound.' }),
    gt: t.float({ description: 'The value must be greater than this bound.' }),
    gte: t.float({ description: 'The value must be greater than or equal to this bound.' }),
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
    throw new InvalidInputError(field, `${field} must name either ${key} or indicator.`);
  if (name != null && line != null)
    throw new InvalidInputError(
      `${field}.line`,
      'line requires an indicator: name the indicator, or leave line out.',
    );
  if (name != null) return name;
  const id = indicator as IndicatorId;
  const found = { indicator: id, line: line ?? indicatorOf(id).display };
  if (linePlaceOf(found) === 0) {
    const lines = LINES.filter((one) => one.indicator === id).map((one) => one.line);
    throw new InvalidInputError(
      `${field}.line`,
      `${id} has no line ${line}: use one of ${lines.join(', ')}.`,
    );
  }
  return found;
}

function toScreen(input: ScreenInput, i: number): Screen {
  const field = `filter.screens.${i}`;
  const of = toFigure(field, input.number, 'number', input);
  const { lt, lte, gt, gte } = input;
  const bounds = { lt: lt ?? undefined, lte: lte ?? undefined, gt: gt ?? undefined, gte: gte ?? undefined };
  if (Object.values(bounds).every((bound) => bound === undefined))
    throw new InvalidInputError(field, `${field} must have at least one of lt, lte, gt and gte.`);
  return { of, ...bounds };
}

/** Throws InvalidInputError naming the screen that means nothing. */
export function toScreens(inputs: readonly ScreenInput[]): readonly Screen[] {
  if (inputs.length > MAX_SCREENS)
    throw new InvalidInputError('filter.screens', `Give at most ${MAX_SCREENS} screens.`);
  return inputs.map(toScreen);
}
