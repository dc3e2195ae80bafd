/**
 * The values that these columns have together in the workspace `$1`, as the recursive query `groups`: it goes from one combination to the next on
 * an index that begins with the workspace and these columns, so its cost is that of the combinations, not of the rows. With it a list by any of the
 * columns reads the newest rows of each combination that matches, and a count reads what it counts.
 */
export function groupsOf(table: string, columns: readonly string[]): string {
  const names = columns.join(', ');
  const rows = `select ${names} from ${table} where workspace_id = $1`;
  return `with recursive groups as (
    (${rows} order by ${names} limit 1)
    union all
    select next.* from groups g cross join lateral (
      ${rows} and (${names}) > (${columns.map((name) => `g.${name}`).join(', ')})
      order by ${names} limit 1) as next
  )`;
}

/** That the row `row` is of the combination `g`. */
export function ofGroup(row: string, columns: readonly string[]): string {
  return columns.map((name) => `${row}.${name} = g.${name}`).join(' and ');
}
