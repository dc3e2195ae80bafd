import type { Analysis, AnalysisDetails } from './analysis.ts';

/** A cell of a report; texts stay texts, whatever they begin with. */
export type ReportCell = string | number | boolean | null;

export interface ReportSheet {
  readonly title: string;
  /** Characters, per column. */
  readonly widths: readonly number[];
  /** Rows that are headings. */
  readonly headings: readonly number[];
  readonly rows: readonly (readonly ReportCell[])[];
}

/** What the report says beside the result itself. */
export interface Reported {
  readonly analysis: Analysis;
  readonly details: AnalysisDetails;
}

/** One result as sheets: summary, the indicators with all their lines, the conditions of the buy filters. Numbers are numbers, dates ISO text. */
export function reportOf(reported: Reported): readonly ReportSheet[] {
  return [summaryOf(reported), indicatorsOf(reported), filtersOf(reported)];
}

function summaryOf({ analysis, details }: Reported): ReportSheet {
  const { plan, provenance, options, categoryScores, vetoes, ledger } = details;
  const rows: ReportCell[][] = [];
  const headings: number[] = [];
  const section = (title: string, entries: readonly (readonly ReportCell[])[]) => {
    if (rows.length > 0) rows.push([]);
    headings.push(rows.length);
    rows.push([title], ...entries.map((entry) => [...entry]));
  };
  section(`${analysis.ticker}, ${analysis.strategy}`, [
    ['Verdict', analysis.verdict],
    ['Score (-1 to 1)', analysis.score],
    ['Verdict of the score alone', analysis.scoreVerdict],
    ...vetoes.map(({ filter, clause, value, limit }) => ['Veto', `${filter} ${clause}`, value, limit]),
    ['Regime', analysis.regime],
    ['Currency', analysis.currency],
    ['Close', details.close],
    ['Close before', analysis.previousClose],
    ['Change', analysis.change],
    ['Change, percent', analysis.changePct],
    ['Volume', analysis.volume],
    ['Average volume', analysis.averageVolume],
    ['Coverage (0 to 1)', analysis.coverage],
    ['Conviction (0 to 1)', analysis.conviction],
    ['Votes to buy', analysis.buyVotes],
    ['Neutral votes', analysis.neutralVotes],
    ['Votes to sell', analysis.sellVotes],
    ['Unavailable', analysis.unavailableVotes],
    ...Object.entries(categoryScores).map(([category, score]) => [`Score of ${category}`, score]),
    ...(ledger === null ? [] : [['Confidence of the ledger (0 to 100)', ledger.confidence]]),
    ['Made-up data', analysis.isDemo],
    ['As of', analysis.asOf],
    ['Stored', analysis.createdAt.toISOString()],
    ['Id', analysis.id],
  ]);
  section('Plan', plan === null ? [['There is none.']] : entriesOf(plan, decimals));
  section('Options', entriesOf(options, new Set(['capital'])));
  section(
    'Warnings',
    analysis.warnings.length === 0
      ? [['There are none.']]
      : analysis.warnings.map(({ code, message }) => [code, message]),
  );
  section('Provenance', entriesOf(provenance));
  section('Note', [['The report describes the state of a chart by fixed rules. It promises no profit.']]);
  return { title: 'Summary', widths: [36, 28, 16, 16], headings, rows };
}

/** Decimals of the plan that are text in the code, to be exact there. */
const decimals = new Set([
  'entry',
  'stop',
  'target',
  'riskReward',
  'positionValue',
  'capitalAtRisk',
  'capitalAtRiskPct',
  'potentialReward',
]);

/** The properties of a record by name; what is nested stands as text. */
function entriesOf(record: object, numeric: ReadonlySet<string> = new Set()): ReportCell[][] {
  return Object.entries(record).map(([name, value]) => [name, cellOf(value, numeric.has(name))]);
}

function cellOf(value: unknown, numeric: boolean): ReportCell {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return numeric ? Number(value) : value;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  return Array.isArray(value) ? value.join(', ') : JSON.stringify(value);
}

function indicatorsOf({ details: { readings } }: Reported): ReportSheet {
  const lines = Math.max(0, ...readings.map((r) => (r.status === 'OK' ? Object.keys(r.lines).length : 0)));
  const head = [
    'Indicator',
    'Category',
    'Status',
    'Vote',
    'Confidence',
    'Weight',
    'Contribution',
    'Parameters',
  ];
  for (let i = 1; i <= lines; i += 1) head.push(`Line ${i}`, `Value ${i}`);
  const rows = readings.map((r): ReportCell[] => {
    const params = Object.entries(r.params).map(([name, value]) => `${name} ${value}`);
    const core = [r.indicator, r.category];
    const weight = [r.weight, r.contribution, params.join(', ')];
    return r.status === 'OK'
      ? [...core, 'OK', r.vote, r.confidence, ...weight, ...Object.entries(r.lines).flat()]
      : [...core, r.reason.code, null, null, ...weight];
  });
  const widths = [14, 12, 18, 8, 12, 10, 14, 34, ...Array<number>(2 * lines).fill(14)];
  return { title: 'Indicators', widths, headings: [0], rows: [head, ...rows] };
}

function filtersOf({ details: { filters } }: Reported): ReportSheet {
  const head = ['Filter', 'Condition', 'Required', 'Value', 'Limit', 'Up to', 'Outcome'];
  const rows = filters.map((f) => [f.filter, f.clause, f.required, f.value, f.limit, f.upTo, f.outcome]);
  return { title: 'Buy filters', widths: [14, 30, 10, 14, 14, 14, 16], headings: [0], rows: [head, ...rows] };
}
