import { memo } from 'react';
import type { RankingRowFragment, StrategyId } from '../generated/graphql.ts';
import { Link } from '../routing/link.tsx';
import type { Column } from './columns.tsx';
import { text } from './ranking.text.ts';

interface Props {
  readonly row: RankingRowFragment;
  readonly columns: readonly Column[];
  readonly strategy: StrategyId;
  readonly isSelected: boolean;
  readonly onSelect: (ticker: string) => void;
}

export const Row = memo(function Row({ row, columns, strategy, isSelected, onSelect }: Props) {
  const { ticker, symbol } = row;
  return (
    <tr data-selected={isSelected}>
      <td>
        <input
          type="checkbox"
          aria-label={text.select(ticker)}
          checked={isSelected}
          onChange={() => onSelect(ticker)}
        />
      </td>
      <td className="cut">
        <Link to={`/r/${encodeURIComponent(ticker)}?strategy=${strategy}`} data-row title={ticker}>
          {symbol}
        </Link>
      </td>
      {columns.map(({ id, isNumber, cell }) => (
        <td key={id} className={isNumber ? 'num' : 'cut'}>
          {cell(row)}
        </td>
      ))}
    </tr>
  );
});
