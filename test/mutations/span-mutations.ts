import { fileMutation, type Mutation } from './mutation.ts';

const task = 'test/unit/analyses/backfill.test.ts';
const rules = 'test/unit/analyses/span.test.ts';
const cost = 'test/unit/analyses/submit-cost.test.ts';
const jobs = 'test/integration/backfill.test.ts';
const limits = 'test/integration/backfill-limits.test.ts';
const lists = 'test/integration/backfill-lists.test.ts';
const feeds = 'test/unit/analyses/feed-filter.test.ts';
const flushes = 'test/integration/flush.test.ts';

/** What is taken away from jobs that fill a span of days. */
export const spanMutations: readonly Mutation[] = [
  fileMutation(17, task, 'the last bar of each day of a span', 'has for each bar the results', [
    'src/market/load-span.ts',
    'const upToDay = cutSeries(series, { ...asked, bars, asOf: day });',
    'const upToDay = cutSeries(series, { ...asked, bars, asOf: end });',
  ]),
  fileMutation(17, task, 'the bars before the first day of a span', 'has for each bar the results', [
    'src/market/load-span.ts',
    "bars: bars === 'ALL' ? bars : bars + inSpan, asOf: end",
    'bars, asOf: end',
  ]),
  fileMutation(17, task, 'the look for a bar that validation drops', 'has no result on days without a bar', [
    'src/analyses/backfill.task.ts',
    'asOf >= from && (lastDay === undefined || asOf > lastDay)',
    'asOf >= from',
  ]),
  fileMutation(17, task, 'the results of the other days', 'leaves out the days on which a job would fail', [
    'src/analyses/backfill.task.ts',
    'if (error instanceof ItemError) return error;',
    '',
  ]),
  fileMutation(17, task, 'the turns between the days of a span', 'leaves the event loop to others', [
    'src/jobs/take-turns.ts',
    'const done = last.then(() => turn()).then(piece);',
    'const done = last.then(piece);',
  ]),
  fileMutation(17, task, 'the look at the signal between two days', 'computes none after an abort', [
    'src/analyses/backfill.task.ts',
    '          signal.throwIfAborted();\n',
    '',
  ]),
  fileMutation(17, task, 'the newest day of a span', 'ends before bars of the future', [
    'src/market/load-span.ts',
    'const end = to < newestDay ? to : newestDay;',
    'const end = to < newestDay ? to : to;',
  ]),
  fileMutation(19, rules, 'the limit of results of a ticker', 'at most 400 results of a ticker', [
    'src/analyses/span.ts',
    'if (ofTicker > MAX_TICKER_RESULTS) {',
    'if (ofTicker > MAX_JOB_RESULTS) {',
  ]),
  fileMutation(19, rules, 'the limit of results of a job', 'and 100,000 in all', [
    'src/analyses/span.ts',
    'if (ofJob > MAX_JOB_RESULTS) {',
    'if (ofJob > MAX_JOB_RESULTS * MAX_TICKER_RESULTS) {',
  ]),
  fileMutation(19, limits, 'the size of a span at the submit', 'that asks for too much', [
    'src/analyses/submit-analysis.ts',
    'checkSpanSize(span, {',
    'checkSpanSize({ ...span, to: span.from }, {',
  ]),
  fileMutation(19, cost, 'the days in the cost of a submit', 'costs a point for each day', [
    'src/analyses/span.ts',
    'return days >= 1 ? Math.min(days, MAX_TICKER_RESULTS) : 1;',
    'return days >= 1 ? Math.min(days, 1) : 1;',
  ]),
  fileMutation(
    19,
    cost,
    'the days of the variables whose cost is known',
    'whatever span was asked for before',
    [
      'src/graphql/document-facts.ts',
      "typeof value === 'string' && !DAY.test(value) ? '' : value",
      "typeof value === 'string' ? '' : value",
    ],
  ),
  fileMutation(15, jobs, 'the day in the key of results', 'stores a marked result for every trading day', [
    'drizzle/0046_index_results_of_spans.sql',
    ",(case when backfill then as_of else '-infinity'::date end))",
    ')',
  ]),
  fileMutation(15, jobs, 'the key of results without a span', 'is refused by the table', [
    'drizzle/0046_index_results_of_spans.sql',
    "(case when backfill then as_of else '-infinity'::date end)",
    'as_of',
  ]),
  fileMutation(15, jobs, 'the kind of a job with a span', 'is not claimed by workers of the version before', [
    'src/analyses/submit-analysis.ts',
    'kind: span === null ? ANALYSIS_KIND : BACKFILL_KIND,',
    'kind: ANALYSIS_KIND,',
  ]),
  fileMutation(
    15,
    jobs,
    'the regular result that a span does not displace',
    'one up to an equal day does not',
    [
      'src/analyses/latest.store.ts',
      'or excluded.analysis_id <> all($12::uuid[])',
      'or excluded.analysis_id <> all($12::uuid[]) or true',
    ],
  ),
  fileMutation(
    15,
    flushes,
    'the results that a step counts for',
    'a flush stores a limited number of results',
    ['src/jobs/record-steps.ts', "step.type === 'COMPLETED' ? (step.finished.weight ?? 1) : 1", '1'],
  ),
  fileMutation(
    16,
    feeds,
    'the results of spans that a feed leaves out',
    'leaves results of spans of days out',
    [
      'src/analyses/feed.ts',
      '(includeBackfill === true || !analysis.isBackfill) &&',
      '(includeBackfill !== false || !analysis.isBackfill) &&',
    ],
  ),
  fileMutation(
    17,
    lists,
    'the results of spans that a list leaves out',
    'leaves results of spans out unless it asks',
    ['src/analyses/analysis.store.ts', "...(isRegularOnly(filter) ? ['not a.backfill'] : [])", ''],
  ),
  fileMutation(17, lists, 'the results of a span in its job', 'the job of a span lists all', [
    'src/analyses/analysis.store.ts',
    'jobId === undefined && includeBackfill !== true;',
    'includeBackfill !== true;',
  ]),
  fileMutation(
    17,
    lists,
    'the results of spans that an export leaves out',
    'an export leaves results of spans out',
    ['src/analyses/export.store.ts', 'if (!filter.includeBackfill)', 'if (filter.includeBackfill)'],
  ),
];
