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
  description: 'Outcome of a filter condition.',
  values: {
    PASSED: { description: 'The condition holds for the bar.' },
    FAILED: { description: 'The condition does not hold for the bar.' },
    NOT_EVALUATED: {
      description: 'The condition was not evaluated because a required number is not available.',
    },
  } as const,
});

export const WarningRef = builder.objectRef<{ code: string; message: string }>('Warning').implement({
  scope: 'results:read',
  description: 'A warning about the bars or about the result.',
  fields: (t) => ({
    code: t.exposeString('code', { description: 'Stable code of the warning, for example SHORT_HISTORY.' }),
    message: t.exposeString('message', {
      description: 'What the warning means, with its evidence, in one sentence.',
    }),
  }),
});

export const ReadingRef = builder.objectRef<WeightedReading>('IndicatorReading').implement({
  scope: 'results:read',
  description: 'Values and vote of one indicator at the last bar of a result.',
  fields: (t) => ({
    indicator: t.expose('indicator', {
      type: IndicatorIdEnum,
      description: 'Id of the indicator that was read.',
    }),
    category: t.expose('category', { type: CategoryEnum, description: 'Category of the indicator.' }),
    available: t.boolean({
      description:
        'True when the indicator has a value. Without a value the indicator has no vote and no weight.',
      resolve: (r) => r.status === 'OK',
    }),
    reason: t.string({
      nullable: true,
      description:
        'Why the indicator has no value: TOO_FEW_BARS, ZERO_DENOMINATOR or NOT_A_NUMBER. Null when it has one.',
      resolve: (r) => (r.status === 'OK' ? null : r.reason.code),
    }),
    params: t.field({
      type: [NumberEntryRef],
      description: 'Parameters with which the indicator was computed.',
      resolve: (r) => entriesOf(r.params),
    }),
    lines: t.field({
      type: [NumberEntryRef],
      description: 'Values of the indicator’s lines, unrounded; empty when the indicator has no value.',
      resolve: (r) => (r.status === 'OK' ? entriesOf(r.lines) : []),
    }),
    display: t.float({
      nullable: true,
      description:
        'Value of the indicator’s main line, suitable for lists; null when the indicator has no value.',
      resolve: (r) => (r.status === 'OK' ? r.display : null),
    }),
    vote: t.int({
      nullable: true,
      description: 'Vote of the indicator: -1 sell, 0 neutral, 1 buy. Null when the indicator has no value.',
      resolve: (r) => (r.status === 'OK' ? r.vote : null),
    }),
    confidence: t.float({
      nullable: true,
      description: 'Confidence of the vote, 0 to 1 with 2 decimals; null when the indicator has no value.',
      resolve: (r) => (r.status === 'OK' ? r.confidence : null),
    }),
    weight: t.exposeFloat('weight', {
      description:
        'Effective weight of the vote: confidence times indicator weight times category weight; 0 when the indicator does not vote.',
    }),
    contribution: t.exposeFloat('contribution', {
      description:
        'Part of the score that comes from this indicator; the contributions of all indicators add up to the score.',
    }),
  }),
});

export const ClauseRef = builder.objectRef<ClauseResult>('FilterClauseResult').implement({
  scope: 'results:read',
  description: 'A condition of a buy filter with its outcome.',
  fields: (t) => ({
    filter: t.expose('filter', {
      type: FilterIdEnum,
      description: 'Buy filter to which the condition belongs.',
    }),
    clause: t.exposeString('clause', { description: 'Identifier of the condition, in upper case.' }),
    required: t.exposeBoolean('required', {
      description:
        'True when the condition must hold. False when the condition is one of an "at least n of" list.',
    }),
    value: t.exposeFloat('value', {
      nullable: true,
      description: 'Value that the condition compares; null when the value is not available.',
    }),
    limit: t.exposeFloat('limit', {
      nullable: true,
      description: 'Value with which `value` is compared, the lower end of a range; null when not available.',
    }),
    upTo: t.exposeFloat('upTo', {
      nullable: true,
      description: 'Upper end of the range; null when the condition is one-sided.',
    }),
    outcome: t.expose('outcome', { type: OutcomeEnum, description: 'Whether the condition holds.' }),
  }),
});

export const VetoRef = builder.objectRef<Veto>('Veto').implement({
  scope: 'results:read',
  description: 'Reason why a buy filter vetoed a buy.',
  fields: (t) => ({
    filter: t.expose('filter', { type: FilterIdEnum, description: 'Buy filter that vetoed the buy.' }),
    clause: t.exposeString('clause', { description: 'Identifier of the condition that did not hold.' }),
    value: t.exposeFloat('value', {
      nullable: true,
      description: 'Value that the condition compared; null when the value is not available.',
    }),
    limit: t.exposeFloat('limit', {
      nullable: true,
      description: 'Value with which `value` was compared; null when not available.',
    }),
  }),
});

export const LedgerRef = builder
  .objectRef<NonNullable<AnalysisDetails['ledger']>>('ConfidenceLedger')
  .implement({
    scope: 'results:read',
    description:
      'Confidence in the trade, reduced by unfavourable conditions and contradictions. For information only.',
    fields: (t) => ({
      confidence: t.exposeFloat('confidence', {
        description: 'Confidence in the trade, 0 (none) to 100 (full).',
      }),
      contradictions: t.stringList({
        description: 'Contradictions that reduce the confidence, each as `SEVERITY: clause (-points)`.',
        resolve: (ledger) => ledger.contradictions.map((c) => `${c.severity}: ${c.clause} (-${c.points})`),
      }),
    }),
  });

export const ProvenanceRef = builder.objectRef<AnalysisDetails['provenance']>('Provenance').implement({
  scope: 'results:read',
  description: 'Source, adjustment and range of the bars of a result.',
  fields: (t) => ({
    source: t.field({
      type: SourceIdEnum,
      description: 'Source that delivered the bars.',
      resolve: (p) => p.source as SourceId,
    }),
    adjustment: t.exposeString('adjustment', {
      description: 'Adjustment of the prices: SPLITS_AND_DIVIDENDS, SPLITS, NONE or UNKNOWN.',
    }),
    firstBar: t.field({
      type: 'Date',
      description: 'Trading day of the first bar used.',
      resolve: (p) => p.firstBar,
    }),
    lastBar: t.field({
      type: 'Date',
      description: 'Trading day of the last bar used.',
      resolve: (p) => p.lastBar,
    }),
    bars: t.exposeInt('bars', { description: 'Number of bars that were used.' }),
    asOf: t.field({
      type: 'Date',
      description: 'Last trading day whose bars were allowed.',
      resolve: (p) => p.asOf,
    }),
  }),
});
