/** One read as four contestants do it; the answers must hold the same values. */
export interface Operation {
  readonly title: string;
  readonly query: string;
  readonly variables: (facts: Facts) => object;
  /** Statements by hand, as few as one would write. */
  readonly sql: (facts: Facts) => readonly { readonly text: string; readonly values: readonly unknown[] }[];
  /** PostGraphile's document over the same tables. */
  readonly peer: string;
  readonly peerVariables: (facts: Facts) => object;
}

/** Ids that the data was made with. */
export interface Facts {
  readonly workspaceId: string;
  readonly jobId: string;
  readonly watchlistId: string;
  readonly analysisIds: readonly string[];
  /** Id of the result of `HOT` before its page 1,000. */
  readonly deepId: string;
  /** A cursor of PostGraphile for the same place. */
  readonly peerCursor: string;
}

const gid = (type: string, id: string) => Buffer.from(`${type}:${id}`).toString('base64');
const cursor = (key: string) => Buffer.from(`k:${key}`).toString('base64url');

const ROW = 'id ticker strategy score verdict asOf createdAt';
const COLUMNS = 'id, ticker, strategy, score, verdict, as_of, created_at';
const PEER_ROW = 'rowId ticker strategy score verdict asOf createdAt';

const history = (deep: boolean): Operation => ({
  title: `history of a ticker, page ${deep ? '1,000' : '1'}`,
  query: `query($after: String) { analyses(first: 20, after: $after, filter: { ticker: "HOT" }) { edges { cursor node { ${ROW} } } pageInfo { hasNextPage endCursor } } }`,
  variables: ({ deepId }) => ({ after: deep ? cursor(deepId) : null }),
  sql: ({ workspaceId, deepId }) => [
    {
      text: `select ${COLUMNS} from analyses where workspace_id = $1 and ticker = $2 ${deep ? 'and id < $3' : ''} order by id desc limit 21`,
      values: [workspaceId, 'HOT', ...(deep ? [deepId] : [])],
    },
  ],
  peer: `query($after: Cursor) { allAnalyses(first: 20, after: $after, condition: { ticker: "HOT" }, orderBy: [ROW_ID_DESC]) { edges { cursor node { ${PEER_ROW} } } pageInfo { hasNextPage endCursor } } }`,
  peerVariables: ({ peerCursor }) => ({ after: deep ? peerCursor : null }),
});

export const operations: readonly Operation[] = [
  history(false),
  history(true),
  {
    title: 'ranking: strong buys by score, 50',
    query: `{ ranking(first: 50, strategy: BALANCED, filter: { verdicts: [STRONG_BUY], includeDemo: true }) { edges { cursor node { ticker symbol instrument { name sector } analysis { score verdict asOf } } } pageInfo { hasNextPage endCursor } } }`,
    variables: () => ({}),
    sql: ({ workspaceId }) => [
      {
        text: `select l.ticker, coalesce(i.symbol, l.ticker) as symbol, i.name, i.sector, a.score, a.verdict, a.as_of
          from latest_analyses l join analyses a on a.id = l.analysis_id left join instruments i on i.ticker = l.ticker
          where l.workspace_id = $1 and l.strategy = $2 and a.verdict = $3 and coalesce(i.active, true) order by a.score desc, symbol limit 51`,
        values: [workspaceId, 'BALANCED', 'STRONG_BUY'],
      },
    ],
    peer: `{ allPeerRankeds(first: 50, condition: { strategy: "BALANCED", verdict: "STRONG_BUY" }, orderBy: [SCORE_DESC, SYMBOL_ASC]) { edges { cursor node { ticker symbol name sector score verdict asOf } } pageInfo { hasNextPage endCursor } } }`,
    peerVariables: () => ({}),
  },
  {
    title: 'a watchlist with items and latest results',
    query: `query($id: ID!) { watchlist(id: $id) { name items { ticker note lastStatus lastAnalysis { ${ROW} } } } }`,
    variables: ({ watchlistId }) => ({ id: gid('Watchlist', watchlistId) }),
    sql: ({ watchlistId, workspaceId }) => [
      {
        text: `select w.name, i.ticker as item, i.note, t.last_status, a.${COLUMNS.replaceAll(', ', ', a.')} from watchlists w
          left join watchlist_items i on i.watchlist_id = w.id
          left join watchlist_tickers t on t.workspace_id = i.workspace_id and t.ticker = i.ticker left join analyses a on a.id = t.last_analysis_id
          where w.id = $1 and w.workspace_id = $2 order by i.ticker`,
        values: [watchlistId, workspaceId],
      },
    ],
    peer: `query($id: UUID!) { watchlistByRowId(rowId: $id) { name } allPeerListeds(first: 1000, condition: { watchlistId: $id }) { nodes { item note lastStatus analysisId ticker strategy score verdict asOf createdAt } } }`,
    peerVariables: ({ watchlistId }) => ({ id: watchlistId }),
  },
  {
    title: 'a job with 104 items and their results',
    query: `query($id: ID!) { job(id: $id) { state total items(first: 100) { edges { node { ticker state phase analysis { ${ROW} } } } } } }`,
    variables: ({ jobId }) => ({ id: gid('Job', jobId) }),
    sql: ({ jobId, workspaceId }) => [
      {
        text: `select j.state as job_state, j.total, i.ticker as item, i.state, i.phase, a.${COLUMNS.replaceAll(', ', ', a.')} from jobs j
          left join lateral (select * from job_items where job_id = j.id order by ticker limit 101) as i on true
          left join analyses a on a.job_id = j.id and a.ticker = i.ticker and a.strategy = j.strategy
          where j.id = $1 and j.workspace_id = $2 order by i.ticker`,
        values: [jobId, workspaceId],
      },
    ],
    // Items and results have no key between them: PostGraphile lists both under the job.
    peer: `query($id: UUID!) { jobByRowId(rowId: $id) { state total jobItemsByJobId(first: 100) { edges { node { ticker state phase } } } analysesByJobId(first: 100) { edges { node { ${PEER_ROW} } } } } }`,
    peerVariables: ({ jobId }) => ({ id: jobId }),
  },
  {
    title: 'one result by its id',
    query: `query($id: ID!) { node(id: $id) { ... on Analysis { ${ROW} } } }`,
    variables: ({ analysisIds: [id = ''] }) => ({ id: gid('Analysis', id) }),
    sql: ({ analysisIds: [id] }) => [{ text: `select ${COLUMNS} from analyses where id = $1`, values: [id] }],
    peer: `query($id: UUID!) { analysisByRowId(rowId: $id) { ${PEER_ROW} } }`,
    peerVariables: ({ analysisIds: [id] }) => ({ id }),
  },
  {
    title: '20 results by their ids',
    query: `query($ids: [ID!]!) { nodes(ids: $ids) { ... on Analysis { ${ROW} } } }`,
    variables: ({ analysisIds }) => ({ ids: analysisIds.map((id) => gid('Analysis', id)) }),
    sql: ({ analysisIds }) => [
      { text: `select ${COLUMNS} from analyses where id = any($1::uuid[])`, values: [analysisIds] },
    ],
    peer: `query(${Array.from({ length: 20 }, (_, i) => `$i${i}: UUID!`).join(' ')}) { ${Array.from({ length: 20 }, (_, i) => `a${i}: analysisByRowId(rowId: $i${i}) { ${PEER_ROW} }`).join(' ')} }`,
    peerVariables: ({ analysisIds }) => Object.fromEntries(analysisIds.map((id, i) => [`i${i}`, id])),
  },
];
