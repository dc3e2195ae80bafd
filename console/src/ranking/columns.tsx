import type { ReactNode } from 'react';
import { fixed, price, short } from '../format/numbers.ts';
import { day } from '../format/time.ts';
import type { RankingKey, RankingRowFragment } from '../generated/graphql.ts';
import { Chip, VerdictChip } from '../parts/chips.tsx';
import { Change, Signed } from '../parts/figures.tsx';
import { ScoreTrack } from '../parts/score-track.tsx';
import { text } from './ranking.text.ts';

export type ColumnId = keyof Omit<typeof text.names, 'ticker'>;

export interface Column {
  readonly id: ColumnId;
  /** Width in pixels; null: a share of what is left. */
  readonly width: number | null;
  readonly isNumber: boolean;
  /** By what the API sorts this column; null: it cannot. */
  readonly sort: RankingKey | null;
  readonly cell: (row: RankingRowFragment) => ReactNode;
}

const column = (
  id: ColumnId,
  width: number | null,
  isNumber: boolean,
  sort: RankingKey | null,
  cell: Column['cell'],
): Column => ({ id, width, isNumber, sort, cell });

export const COLUMNS: readonly Column[] = [
  column('name', null, false, null, ({ instrument, analysis }) => (
    <>
      {instrument?.name} {analysis?.isDemo && <span className="dim">{text.synthetic}</span>}
    </>
  )),
  column('close', 88, true, 'CLOSE', (row) => price(row.bar?.close, row.instrument?.tick)),
  column('change', 92, true, 'CHANGE_PCT', (row) => <Change value={row.bar?.changePct} />),
  column('verdict', 108, false, 'VERDICT', (row) => <Verdict row={row} />),
  column('score', 148, true, 'SCORE', ({ analysis }) =>
    analysis == null ? '' : <ScoreTrack score={analysis.score} />,
  ),
  column('scoreChange', 64, true, null, ({ analysis }) => <Signed value={analysis?.scoreChange} />),
  column('votes', 80, true, null, ({ analysis }) =>
    analysis == null ? '' : `${analysis.buyVotes} · ${analysis.neutralVotes} · ${analysis.sellVotes}`,
  ),
  column('ratio', 56, true, 'RISK_REWARD', ({ analysis }) =>
    analysis?.plan == null ? '' : fixed(Number(analysis.plan.riskReward)),
  ),
  column('target', 88, true, 'TARGET', ({ analysis, instrument }) =>
    analysis?.plan == null ? '' : price(analysis.plan.target, instrument?.tick),
  ),
  column('stop', 88, true, 'STOP', ({ analysis, instrument }) =>
    analysis?.plan == null ? '' : price(analysis.plan.stop, instrument?.tick),
  ),
  column('volume', 80, true, 'VOLUME', (row) => (
    <span title={row.bar?.volume?.toLocaleString()}>{short(row.bar?.volume)}</span>
  )),
  column('sector', null, false, null, (row) => row.instrument?.sector ?? ''),
  column('asOf', 116, true, 'AS_OF', ({ analysis }) => <span className="dim">{day(analysis?.asOf)}</span>),
];

const NARROW: readonly ColumnId[] = ['close', 'change', 'verdict'];

const USUAL: readonly ColumnId[] = [
  'name',
  'close',
  'change',
  'verdict',
  'score',
  'scoreChange',
  'votes',
  'ratio',
  'sector',
  'asOf',
];

function Verdict({ row: { analysis, activeItem } }: { row: RankingRowFragment }) {
  if (activeItem != null) return <Chip tone="accent">{activeItem.phase} %</Chip>;
  if (analysis == null) return <span className="dim">{text.notAnalysed}</span>;
  return <VerdictChip verdict={analysis.verdict} />;
}

/** Columns of an address (`cols=close,score`), in their usual order; without a choice those that fit. Pure. */
export function columnsOf(value: string | null, isNarrow: boolean): readonly Column[] {
  const wanted = value?.split(',') ?? (isNarrow ? NARROW : USUAL);
  return COLUMNS.filter(({ id }) => wanted.includes(id));
}
