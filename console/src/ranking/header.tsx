import type { RankingKey, RankingSort } from '../generated/graphql.ts';
import { setQuery } from '../routing/address.ts';
import type { Column } from './columns.tsx';
import { text } from './ranking.text.ts';

interface Props {
  readonly columns: readonly Column[];
  readonly sort: RankingSort;
  readonly isAllSelected: boolean;
  readonly onSelectAll: (all: boolean) => void;
}

export function Header({ columns, sort, isAllSelected, onSelectAll }: Props) {
  return (
    <thead>
      <tr>
        <th>
          <input
            type="checkbox"
            aria-label={text.selectAll}
            checked={isAllSelected}
            onChange={(event) => onSelectAll(event.target.checked)}
          />
        </th>
        <Head name={text.names.ticker} by="SYMBOL" sort={sort} isNumber={false} />
        {columns.map(({ id, sort: by, isNumber }) => (
          <Head key={id} name={text.names[id]} by={by} sort={sort} isNumber={isNumber} />
        ))}
      </tr>
    </thead>
  );
}

interface HeadProps {
  readonly name: string;
  readonly by: RankingKey | null;
  readonly sort: RankingSort;
  readonly isNumber: boolean;
}

/** A click sorts: numbers from the largest, a second click the other way. */
function Head({ name, by, sort, isNumber }: HeadProps) {
  const isSorted = by !== null && sort.by === by;
  const next = isSorted ? (sort.direction === 'DESC' ? 'ASC' : 'DESC') : by === 'SYMBOL' ? 'ASC' : 'DESC';
  const order = !isSorted ? 'none' : sort.direction === 'ASC' ? 'ascending' : 'descending';
  return (
    <th aria-sort={order} className={isNumber ? 'num' : ''}>
      {by === null ? (
        name
      ) : (
        <button
          type="button"
          className="sort"
          onClick={() => setQuery({ sort: by, dir: next }, { replace: true })}
        >
          {name}
          {isSorted && (sort.direction === 'ASC' ? ' ↑' : ' ↓')}
        </button>
      )}
    </th>
  );
}
