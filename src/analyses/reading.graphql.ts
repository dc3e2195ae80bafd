import {
  CategoryEnum,
  entriesOf,
  FilterIdEnum,
  IndicatorIdEnum,
  NumberEntryRef,
  SourceIdEnum,
} from '../catalog/catalog.graphql.ts';
import { builder } from '../graphql/builder.ts';
import type { SourceId } from '../market/sources/index.ts';
import type { ClauseResult, Veto } from '../quant/filters.ts';
import type { WeightedReading } from '../quant/score.ts';
import type { AnalysisDetails } from './analysis.ts';

const OutcomeEnum = builder.enumType('FilterOutcome', {
  description: 'Result of a condition.',
  values: {
    PASSED: { description: 'It holds.' },
    FAILED: { description: 'It does not hold.' },
    NOT_EVALUATED: { description: 'A number that it needs is not available.' },
  } as const,
});

export const WarningRef = builder.objectRef<{ code: string; message: string }>('Warning').implement({
  scope: 'results:read',
  description: 'Something to know about a result.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'Stable code, for example SHORT_HISTORY.' }),
    message: t.exposeString('message', { description: 'In one sentence.' }),
  }),
});

export const ReadingRef = builder.objectRef<WeightedReading>('IndicatorReading').implement({
  scope: 'results:read',
  description: 'What one indicator says about the bar decided on.',
  fields: (t) => ({
    indicator: t.expose('indicator', { type: IndicatorIdEnum, description: 'Its id.' }),
    category: t.expose('category', { type: CategoryEnum, description: 'What it looks at.' }),
    available: t.boolean({
      description: 'False: it has no value, no vote and no weight.',
      resolve: (r) => r.status === 'OK',
    }),
    reason: t.string({
      nullable: true,
      description: 'Why it is not available: TOO_FEW_BARS, ZERO_DENOMINATOR or NOT_A_NUMBER.',
      resolve: (r) => (r.status === 'OK' ? null : r.reason.code),
    }),
    params: t.field({
      type: [NumberEntryRef],
      description: 'The parameters used.',
      resolve: (r) => entriesOf(r.params),
    }),
    lines: t.field({
      type: [NumberEntryRef],
      description: 'Its numbers, unrounded; empty when it is not available.',
      resolve: (r) => (r.status === 'OK' ? entriesOf(r.lines) : []),
    }),
    display: t.float({
      nullable: true,
      description: 'The one number that a list shows.',
      resolve: (r) => (r.status === 'OK' ? r.display : null),
    }),
    vote: t.int({
      nullable: true,
      description: '-1 sell, 0 neutral, 1 buy.',
      resolve: (r) => (r.status === 'OK' ? r.vote : null),
    }),
    confidence: t.float({
      nullable: true,
      description: '0 to 1 with 2 decimals.',
      resolve: (r) => (r.status === 'OK' ? r.confidence : null),
    }),
    weight: t.exposeFloat('weight', { description: 'Effective weight; 0 when it does not vote.' }),
    contribution: t.exposeFloat('contribution', { description: 'Its share of the score; all add up to it.' }),
  }),
});

export const ClauseRef = builder.objectRef<ClauseResult>('FilterClauseResult').implement({
  scope: 'results:read',
  description: 'A condition of a buy filter, evaluated.',
  fields: (t) => ({
    filter: t.expose('filter', { type: FilterIdEnum, description: 'The filter.' }),
    clause: t.exposeString('clause', { description: 'The condition.' }),
    required: t.exposeBoolean('required', { description: 'False: one of an "at least n of" list.' }),
    value: t.exposeFloat('value', {
      nullable: true,
      description: 'The number looked at; null when not available.',
    }),
    limit: t.exposeFloat('limit', { nullable: true, description: 'What it is compared with.' }),
    upTo: t.exposeFloat('upTo', { nullable: true, description: 'Upper end of a range.' }),
    outcome: t.expose('outcome', { type: OutcomeEnum, description: 'The result.' }),
  }),
});

export const VetoRef = builder.objectRef<Veto>('Veto').implement({
  scope: 'results:read',
  description: 'Why a buy was held back.',
  fields: (t) => ({
    filter: t.expose('filter', { type: FilterIdEnum, description: 'The filter.' }),
    clause: t.exposeString('clause', { description: 'The condition.' }),
    value: t.exposeFloat('value', {
      nullable: true,
      description: 'The number looked at; null when not available.',
    }),
    limit: t.exposeFloat('limit', { nullable: true, description: 'What it is compared with.' }),
  }),
});

export const LedgerRef = builder
  .objectRef<NonNullable<AnalysisDetails['ledger']>>('ConfidenceLedger')
  .implement({
    scope: 'results:read',
    description: 'What speaks against the trade; informs only.',
    fields: (t) => ({
      confidence: t.exposeFloat('confidence', { description: '0 to 100.' }),
      contradictions: t.stringList({
        description: 'Each as SEVERITY: clause (points).',
        resolve: (ledger) => ledger.contradictions.map((c) => `${c.severity}: ${c.clause} (-${c.points})`),
      }),
    }),
  });

export const ProvenanceRef = builder.objectRef<AnalysisDetails['provenance']>('Provenance').implement({
  scope: 'results:read',
  description: 'Where the bars of a result came from.',
  fields: (t) => ({
    source: t.field({ type: SourceIdEnum, description: 'The source.', resolve: (p) => p.source as SourceId }),
    adjustment: t.exposeString('adjustment', {
      description: 'SPLITS_AND_DIVIDENDS, SPLITS, NONE or UNKNOWN.',
    }),
    firstBar: t.field({ type: 'Date', description: 'First bar.', resolve: (p) => p.firstBar }),
    lastBar: t.field({ type: 'Date', description: 'Last bar.', resolve: (p) => p.lastBar }),
    bars: t.exposeInt('bars', { description: 'Number of bars.' }),
    asOf: t.field({
      type: 'Date',
      description: 'Last day that might have been read.',
      resolve: (p) => p.asOf,
    }),
  }),
});
