/* eslint-disable */
import * as types from './graphql.ts';



/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "subscription AnalysesStored($filter: AnalysisFeedFilter, $after: String, $from: FeedStart) {\n  analysisStored(filter: $filter, after: $after, from: $from) {\n    cursor\n    caughtUp\n    gap\n    analyses {\n      id\n      ticker\n      strategy\n      score\n      verdict\n      isDemo\n      asOf\n      createdAt\n    }\n  }\n}": typeof types.AnalysesStoredDocument,
    "subscription JobEvents($jobId: ID!, $after: Int!) {\n  jobEvents(jobId: $jobId, after: $after) {\n    cursor\n    caughtUp\n    gap\n    events {\n      seq\n      at\n      type\n      ticker\n      tickers\n      phase\n      progress\n      attempt\n      verdict\n      score\n      error {\n        code\n        message\n      }\n    }\n  }\n}\n\nquery JobResults($id: ID!) {\n  job(id: $id) {\n    id\n    state\n    total\n    succeeded\n    failed\n    errors {\n      ticker\n      error {\n        code\n        message\n      }\n    }\n    analyses(first: 20) {\n      edges {\n        node {\n          id\n          ticker\n          strategy\n          score\n          verdict\n          scoreVerdict\n          regime\n          source\n          isDemo\n          asOf\n          currency\n          warnings {\n            code\n            message\n          }\n          vetoes {\n            filter\n            clause\n          }\n          indicators {\n            indicator\n            category\n            vote\n            confidence\n            display\n          }\n          plan {\n            side\n            entry\n            stop\n            target\n            riskReward\n            positionSize\n            boundBy\n            capitalAtRisk\n          }\n        }\n      }\n    }\n  }\n}": typeof types.JobEventsDocument,
    "subscription JobProgress($id: ID!) {\n  jobProgress(id: $id) {\n    id\n    state\n    progress\n    total\n    completed\n    succeeded\n    failed\n    lastSeq\n  }\n}": typeof types.JobProgressDocument,
    "mutation SubmitAnalysis($input: SubmitAnalysisInput!) {\n  submitAnalysis(input: $input) {\n    __typename\n    ... on SubmitJobPayload {\n      deduplicated\n      job {\n        id\n        state\n        total\n      }\n    }\n    ... on UserError {\n      code\n      message\n    }\n    ... on InvalidTickerError {\n      tickers\n    }\n  }\n}": typeof types.SubmitAnalysisDocument,
    "mutation CreateWatchlist($input: CreateWatchlistInput!) {\n  createWatchlist(input: $input) {\n    __typename\n    ... on WatchlistPayload {\n      watchlist {\n        id\n        name\n      }\n    }\n    ... on UserError {\n      code\n      message\n    }\n  }\n}\n\nmutation AnalyzeWatchlist($input: AnalyzeWatchlistInput!) {\n  analyzeWatchlist(input: $input) {\n    __typename\n    ... on SubmitJobPayload {\n      deduplicated\n      job {\n        id\n        state\n        total\n      }\n    }\n    ... on UserError {\n      code\n      message\n    }\n  }\n}\n\nquery Watchlists {\n  watchlists {\n    id\n    name\n    items {\n      ticker\n      lastStatus\n    }\n  }\n}": typeof types.CreateWatchlistDocument,
};
const documents: Documents = {
    "subscription AnalysesStored($filter: AnalysisFeedFilter, $after: String, $from: FeedStart) {\n  analysisStored(filter: $filter, after: $after, from: $from) {\n    cursor\n    caughtUp\n    gap\n    analyses {\n      id\n      ticker\n      strategy\n      score\n      verdict\n      isDemo\n      asOf\n      createdAt\n    }\n  }\n}": types.AnalysesStoredDocument,
    "subscription JobEvents($jobId: ID!, $after: Int!) {\n  jobEvents(jobId: $jobId, after: $after) {\n    cursor\n    caughtUp\n    gap\n    events {\n      seq\n      at\n      type\n      ticker\n      tickers\n      phase\n      progress\n      attempt\n      verdict\n      score\n      error {\n        code\n        message\n      }\n    }\n  }\n}\n\nquery JobResults($id: ID!) {\n  job(id: $id) {\n    id\n    state\n    total\n    succeeded\n    failed\n    errors {\n      ticker\n      error {\n        code\n        message\n      }\n    }\n    analyses(first: 20) {\n      edges {\n        node {\n          id\n          ticker\n          strategy\n          score\n          verdict\n          scoreVerdict\n          regime\n          source\n          isDemo\n          asOf\n          currency\n          warnings {\n            code\n            message\n          }\n          vetoes {\n            filter\n            clause\n          }\n          indicators {\n            indicator\n            category\n            vote\n            confidence\n            display\n          }\n          plan {\n            side\n            entry\n            stop\n            target\n            riskReward\n            positionSize\n            boundBy\n            capitalAtRisk\n          }\n        }\n      }\n    }\n  }\n}": types.JobEventsDocument,
    "subscription JobProgress($id: ID!) {\n  jobProgress(id: $id) {\n    id\n    state\n    progress\n    total\n    completed\n    succeeded\n    failed\n    lastSeq\n  }\n}": types.JobProgressDocument,
    "mutation SubmitAnalysis($input: SubmitAnalysisInput!) {\n  submitAnalysis(input: $input) {\n    __typename\n    ... on SubmitJobPayload {\n      deduplicated\n      job {\n        id\n        state\n        total\n      }\n    }\n    ... on UserError {\n      code\n      message\n    }\n    ... on InvalidTickerError {\n      tickers\n    }\n  }\n}": types.SubmitAnalysisDocument,
    "mutation CreateWatchlist($input: CreateWatchlistInput!) {\n  createWatchlist(input: $input) {\n    __typename\n    ... on WatchlistPayload {\n      watchlist {\n        id\n        name\n      }\n    }\n    ... on UserError {\n      code\n      message\n    }\n  }\n}\n\nmutation AnalyzeWatchlist($input: AnalyzeWatchlistInput!) {\n  analyzeWatchlist(input: $input) {\n    __typename\n    ... on SubmitJobPayload {\n      deduplicated\n      job {\n        id\n        state\n        total\n      }\n    }\n    ... on UserError {\n      code\n      message\n    }\n  }\n}\n\nquery Watchlists {\n  watchlists {\n    id\n    name\n    items {\n      ticker\n      lastStatus\n    }\n  }\n}": types.CreateWatchlistDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "subscription AnalysesStored($filter: AnalysisFeedFilter, $after: String, $from: FeedStart) {\n  analysisStored(filter: $filter, after: $after, from: $from) {\n    cursor\n    caughtUp\n    gap\n    analyses {\n      id\n      ticker\n      strategy\n      score\n      verdict\n      isDemo\n      asOf\n      createdAt\n    }\n  }\n}"): typeof import('./graphql.ts').AnalysesStoredDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "subscription JobEvents($jobId: ID!, $after: Int!) {\n  jobEvents(jobId: $jobId, after: $after) {\n    cursor\n    caughtUp\n    gap\n    events {\n      seq\n      at\n      type\n      ticker\n      tickers\n      phase\n      progress\n      attempt\n      verdict\n      score\n      error {\n        code\n        message\n      }\n    }\n  }\n}\n\nquery JobResults($id: ID!) {\n  job(id: $id) {\n    id\n    state\n    total\n    succeeded\n    failed\n    errors {\n      ticker\n      error {\n        code\n        message\n      }\n    }\n    analyses(first: 20) {\n      edges {\n        node {\n          id\n          ticker\n          strategy\n          score\n          verdict\n          scoreVerdict\n          regime\n          source\n          isDemo\n          asOf\n          currency\n          warnings {\n            code\n            message\n          }\n          vetoes {\n            filter\n            clause\n          }\n          indicators {\n            indicator\n            category\n            vote\n            confidence\n            display\n          }\n          plan {\n            side\n            entry\n            stop\n            target\n            riskReward\n            positionSize\n            boundBy\n            capitalAtRisk\n          }\n        }\n      }\n    }\n  }\n}"): typeof import('./graphql.ts').JobEventsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "subscription JobProgress($id: ID!) {\n  jobProgress(id: $id) {\n    id\n    state\n    progress\n    total\n    completed\n    succeeded\n    failed\n    lastSeq\n  }\n}"): typeof import('./graphql.ts').JobProgressDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation SubmitAnalysis($input: SubmitAnalysisInput!) {\n  submitAnalysis(input: $input) {\n    __typename\n    ... on SubmitJobPayload {\n      deduplicated\n      job {\n        id\n        state\n        total\n      }\n    }\n    ... on UserError {\n      code\n      message\n    }\n    ... on InvalidTickerError {\n      tickers\n    }\n  }\n}"): typeof import('./graphql.ts').SubmitAnalysisDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation CreateWatchlist($input: CreateWatchlistInput!) {\n  createWatchlist(input: $input) {\n    __typename\n    ... on WatchlistPayload {\n      watchlist {\n        id\n        name\n      }\n    }\n    ... on UserError {\n      code\n      message\n    }\n  }\n}\n\nmutation AnalyzeWatchlist($input: AnalyzeWatchlistInput!) {\n  analyzeWatchlist(input: $input) {\n    __typename\n    ... on SubmitJobPayload {\n      deduplicated\n      job {\n        id\n        state\n        total\n      }\n    }\n    ... on UserError {\n      code\n      message\n    }\n  }\n}\n\nquery Watchlists {\n  watchlists {\n    id\n    name\n    items {\n      ticker\n      lastStatus\n    }\n  }\n}"): typeof import('./graphql.ts').CreateWatchlistDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
