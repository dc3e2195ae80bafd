import SchemaBuilder from '@pothos/core';
import {
  type GraphQLNamedType,
  type GraphQLObjectType,
  getNamedType,
  isAbstractType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  parse,
} from 'graphql';
import { describe, expect, test } from 'vitest';
import { SCOPES, type Scope, toScopes } from '../../src/access.ts';
import { factsOf } from '../../src/graphql/document-facts.ts';
import { fieldRules } from '../../src/graphql/field-rules.ts';
import { completeScopes, missingOf, type Requirement } from '../../src/graphql/scopes.ts';
import { schema } from '../../src/main/schema.ts';

/**
 * What clients were promised about each type and root field, apart from what the code declares: whoever makes a type readable with fewer scopes
 * changes it here, too. Connections and edges need what their entries need.
 */
const promised: readonly (readonly [Requirement, names: string])[] = [
  [
    'ANY',
    `IdempotencyConflictError Indicator Instrument InvalidInputError InvalidStateError InvalidTickerError KeyConflictError LimitExceededError
    NameTakenError NamedNumber Node NotFoundError PageInfo RateLimit SecretToldError Strategy StrategyClause UserError Viewer WorkspaceLimits
    Query.indicators Query.instrument Query.instruments Query.node Query.nodes Query.rateLimit Query.strategies Query.strategy Query.viewer`,
  ],
  [
    'jobs:read',
    `ItemError Job JobEvent JobEventBatch JobItem JobWaiting Watchlist WatchlistItem Query.job Query.jobs Query.queue Query.watchlist Query.watchlists
    Subscription.jobEvents Subscription.jobProgress Subscription.watchlistChanged`,
  ],
  [
    'jobs:write',
    `CancelJobPayload SubmitJobPayload WatchlistPayload Mutation.addToWatchlist Mutation.analyzeWatchlist Mutation.cancelJob Mutation.createWatchlist
    Mutation.deleteWatchlist Mutation.removeFromWatchlist Mutation.retryJob Mutation.submitAnalysis Mutation.submitBacktest Mutation.updateWatchlist
    Mutation.updateWatchlistItem`,
  ],
  [
    'results:read',
    `Analysis AnalysisBatch AnalysisSeries Backtest BacktestComparison BacktestMetrics BacktestSideResult BacktestTrade BuyAndHold Candle CandlesGone ComparisonPoint
    ConfidenceLedger EquityPoint FilterClauseResult IndicatorLine IndicatorReading IndicatorSeries Provenance RankingEntry RankingFacets RiskNumbers
    PlanRecord ResultBar ScorePoint SectorCount SkippedSignals TradePlan VerdictCount Veto Warning UniverseRecord WatchlistSummary Query.analyses Query.analysis Query.backtest
    Query.backtests Query.candles Query.latestAnalyses Query.ranking Query.watchlistSummary Subscription.analysisStored`,
  ],
  [
    'admin',
    `ApiKey ApiKeyPayload AuditEntry DeleteWebhookPayload ImportInstrumentsPayload IssuedApiKey QueuePayload Webhook WebhookDelivery WebhookFailure WebhookFilter WebhookPayload
    WebhookSecretPayload Query.apiKeys Query.auditEntries Query.webhooks Mutation.createApiKey Mutation.createWebhook Mutation.deleteWebhook
    Mutation.importInstruments Mutation.pauseQueue Mutation.replayWebhook Mutation.resumeQueue Mutation.revokeApiKey Mutation.rotateApiKey Mutation.rotateWebhookSecret
    Mutation.updateWebhook`,
  ],
  // Who pauses the queue sees it.
  [['jobs:read', 'admin'], 'Queue QueueDepth QueueWaiting Worker'],
];
const requirementOf = new Map(
  promised.flatMap(([requirement, names]) => names.split(/\s+/).map((name) => [name, requirement] as const)),
);

const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].filter(
  (root) => root != null,
);
const types = Object.values(schema.getTypeMap())
  .filter((type) => isObjectType(type) || isInterfaceType(type))
  .filter((type) => !type.name.startsWith('__') && !roots.some((root) => root === type));
const rootFields = roots.flatMap((root) => Object.values(root.getFields()).map((field) => ({ root, field })));

/** The type of a connection's or edge's entries; of any other type itself. */
function entryOf(type: GraphQLNamedType): GraphQLNamedType {
  const fields = isObjectType(type) ? type.getFields() : {};
  if (type.name.endsWith('Connection') && fields.edges !== undefined)
    return entryOf(getNamedType(fields.edges.type));
  return /Edge$/.test(type.name) && fields.node !== undefined ? getNamedType(fields.node.type) : type;
}

test('every type and root field has a promise above, and every promise is of one that there is', () => {
  const names = [
    ...types.filter((type) => entryOf(type) === type).map(({ name }) => name),
    ...rootFields.map(({ root, field }) => `${root.name}.${field.name}`),
  ];
  expect([...requirementOf.keys()].sort()).toEqual(names.sort());
});

describe('the schema is not built', () => {
  test.each([
    ...types.map((type) => [type.name, type] as const),
    ...rootFields.map(({ root, field }) => [`${root.name}.${field.name}`, field] as const),
  ])('without the scope of %s', (name, element) => {
    const { extensions } = element;
    element.extensions = { ...extensions, scope: undefined };
    // Connections and edges get it back from their entries.
    if ('getFields' in element && entryOf(element) !== element) completeScopes(schema);
    else expect(() => completeScopes(schema)).toThrow(name);
    if (!('getFields' in element) || entryOf(element) === element) element.extensions = extensions;
    expect(element.extensions).toEqual(extensions);
  });

  test('by the builder either', () => {
    const builder = new SchemaBuilder({ plugins: [fieldRules] });
    const Thing = builder
      .objectRef<object>('Thing')
      .implement({ fields: (t) => ({ size: t.int({ resolve: () => 1 }) }) });
    builder.queryType({
      fields: (t) => ({
        one: t.field({ scope: 'ANY', type: Thing, resolve: () => ({}) }),
        other: t.boolean({ resolve: () => true } as never),
      }),
    });
    expect(() => builder.toSchema()).toThrow('Query.other, Thing');
  });
});

interface Path {
  readonly fields: readonly string[];
  readonly needed: readonly Requirement[];
  readonly end: GraphQLNamedType;
}

/** A document may be 8 deep; the last level is `__typename`. */
const MAX_DEPTH = 7;

/** Every way from a root field to an object type that passes no type twice. */
function* pathsFrom(root: GraphQLObjectType, name: string): Generator<Path> {
  const field = root.getFields()[name];
  if (field === undefined) return;
  const first = requirementOf.get(`${root.name}.${name}`) ?? 'ANY';
  yield* follow({ fields: [name], needed: [first], end: getNamedType(field.type) }, new Set());
}

function* follow(path: Path, passed: ReadonlySet<GraphQLNamedType>): Generator<Path> {
  const { fields, needed, end } = path;
  if (isAbstractType(end)) {
    yield path;
    for (const type of schema.getPossibleTypes(end))
      yield* follow({ fields: [...fields, `... on ${type.name}`], needed, end: type }, passed);
    return;
  }
  const here = { ...path, needed: [...needed, requirementOf.get(entryOf(end).name) ?? 'ANY'] };
  yield here;
  const depth = fields.filter((one) => !one.startsWith('...')).length;
  if (!isObjectType(end) || passed.has(end) || depth >= MAX_DEPTH) return;
  for (const field of Object.values(end.getFields())) {
    const type = getNamedType(field.type);
    if (!isObjectType(type) && !isAbstractType(type)) continue;
    if (passed.has(type)) continue;
    yield* follow({ ...here, fields: [...fields, field.name], end: type }, new Set([...passed, end]));
  }
}

const subsets: ReadonlySet<Scope>[] = Array.from({ length: 2 ** SCOPES.length }, (_, bits) =>
  toScopes(SCOPES.filter((_scope, index) => (bits & (1 << index)) !== 0)),
);

const isMet = (requirement: Requirement, scopes: ReadonlySet<Scope>) =>
  requirement === 'ANY' ||
  (typeof requirement === 'string' ? [requirement] : requirement).some((scope) => scopes.has(scope));

const swept = { paths: 0, judgements: 0, types: new Set<GraphQLNamedType>() };

function sweep(text: string, needed: readonly Requirement[]): void {
  const operation = factsOf(schema, parse(text, { noLocation: true })).operation(null);
  swept.paths += 1;
  for (const scopes of subsets) {
    swept.judgements += 1;
    const isAllowed = missingOf(operation?.needed ?? [], scopes).length === 0;
    if (isAllowed !== needed.every((requirement) => isMet(requirement, scopes)))
      expect.fail(`${text} with [${[...scopes].join(' ')}] is ${isAllowed ? 'allowed' : 'forbidden'}`);
  }
}

test('sweep: an operation runs with the scopes of everything on its path and no fewer, through every path to every type', () => {
  for (const { root, field } of rootFields) {
    const kind = root.name.toLowerCase();
    for (const { fields, needed, end } of pathsFrom(root, field.name)) {
      // By the type itself, and by an interface, which says nothing of its scope.
      const viaInterfaces =
        isObjectType(end) && fields.at(-1)?.startsWith('...') === false
          ? end.getInterfaces().map(({ name }) => `... on ${name} { __typename }`)
          : [];
      for (const selected of ['__typename', ...viaInterfaces]) {
        const text = `${kind} { ${fields.join(' { ')} { ${selected} }${' }'.repeat(fields.length)}`;
        sweep(text, needed);
        swept.types.add(end);
      }
    }
  }
  console.info(
    `scopes swept: ${rootFields.length} root fields, ${swept.types.size} types, ${swept.paths} paths, ${subsets.length} sets of scopes, ${swept.judgements} judgements`,
  );
  expect(types.filter((type) => !isInterfaceType(type) && !swept.types.has(type))).toEqual([]);
  expect(swept.paths).toBeGreaterThan(1_000);
});

/** Arguments and input fields whose ids may be of any type: the type that an id names decides. */
const ofAnyType = ['Query.node(id)', 'Query.nodes(ids)'];

interface IdInput {
  readonly name: string;
  /** Null: of the schema's own types. */
  readonly needed: Requirement | null;
}

function* idInputs(): Generator<IdInput> {
  const needs = ({ extensions }: { readonly extensions: object }) =>
    (extensions as { readonly scope?: Requirement }).scope ?? null;
  for (const type of Object.values(schema.getTypeMap())) {
    if (isInputObjectType(type))
      for (const field of Object.values(type.getFields()))
        if (getNamedType(field.type).name === 'ID')
          yield { name: `${type.name}.${field.name}`, needed: needs(field) };
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields()))
      for (const one of field.args)
        if (getNamedType(one.type).name === 'ID')
          yield { name: `${type.name}.${field.name}(${one.name})`, needed: needs(one) };
  }
}

test('every argument that holds an id declares the scope of its type', () => {
  const inputs = [...idInputs()];
  expect(inputs.filter(({ needed }) => needed === null).map(({ name }) => name)).toEqual(ofAnyType);
  const ofList = inputs.filter(({ name }) => /atchlistId$/.test(name));
  expect(ofList.map(({ needed }) => needed)).toEqual(ofList.map(() => 'jobs:read'));
  expect(ofList.length).toBeGreaterThan(4);
});

describe('an id of a watchlist needs jobs:read beside the scope of what is selected', () => {
  const ranking = 'ranking(filter: FILTER) { totalCount }';
  const id = '"V2F0Y2hsaXN0OjE="';
  const missing = (text: string, variables: Readonly<Record<string, unknown>> = {}) => {
    const operation = factsOf(schema, parse(text)).operation(null);
    return missingOf(operation?.neededFor(variables) ?? [], new Set<Scope>(['results:read']));
  };
  const of = (filter: string, head = '') => `query${head} { ${ranking.replace('FILTER', filter)} }`;

  test.each([
    ['in the text', of(`{ watchlistId: ${id} }`), {}],
    [
      'in a fragment',
      `{ ...F } fragment F on Query { ${ranking.replace('FILTER', `{ watchlistId: ${id} }`)} }`,
      {},
    ],
    ['as a variable', of('{ watchlistId: $id }', '($id: ID)'), { id: 'V2F0Y2hsaXN0OjE=' }],
    ['as the default of a variable', of('{ watchlistId: $id }', `($id: ID = ${id})`), {}],
    ['in a variable', of('$f', '($f: RankingFilter)'), { f: { watchlistId: 'V2F0Y2hsaXN0OjE=' } }],
    ['in the default of a variable', of('$f', `($f: RankingFilter = { watchlistId: ${id} })`), {}],
    [
      'of a subscription',
      `subscription { analysisStored(filter: { watchlistId: ${id} }) { __typename } }`,
      {},
    ],
  ])('%s', (_name, text, variables) => {
    expect(missing(text, variables)).toEqual(['jobs:read']);
  });

  test.each([
    ['null in the text', of('{ watchlistId: null }'), {}],
    ['no variable', of('{ watchlistId: $id }', '($id: ID)'), {}],
    ['null as a variable', of('{ watchlistId: $id }', '($id: ID)'), { id: null }],
    ['null in a variable', of('$f', '($f: RankingFilter)'), { f: { watchlistId: null, analysed: true } }],
    ['no filter', of('$f', '($f: RankingFilter)'), {}],
  ])('and %s needs nothing more', (_name, text, variables) => {
    expect(missing(text, variables)).toEqual([]);
  });
});
