import type { Example } from '../server/render-graphiql.ts';

/** A day of the AAPL sample on which BALANCED buys: what a newcomer sees first ends with a trade plan on real bars. */
export const SAMPLE_DAY = '2017-11-02';

/** Documents that GraphiQL opens with, in the order in which a newcomer wants them. */
export const examples: readonly Example[] = [
  {
    title: 'Submit',
    query: `# 1. Submit an analysis of the AAPL sample (real daily bars, no network needed) as of a day
# on which the strategy buys: tab 3 shows the trade plan. Without asOf it is the newest bar.
# Copy the id of the job for the next tab.
mutation Submit {
  submitAnalysis(
    input: {
      tickers: ["AAPL"]
      strategy: BALANCED
      source: SAMPLE
      options: { asOf: "${SAMPLE_DAY}" }
      force: true
    }
  ) {
    __typename
    ... on SubmitJobPayload {
      deduplicated
      job { id state progress total }
    }
    ... on UserError { code message }
  }
}
`,
  },
  {
    title: 'Follow',
    query: `# 2. Follow a job: paste its id below. Every step arrives once and in order; the
# subscription completes after the last one, also for a job that has ended.
subscription Follow($job: ID!) {
  jobEvents(jobId: $job) {
    cursor
    caughtUp
    events { seq type ticker phase progress verdict score error { code message } }
  }
}
`,
    variables: '{ "job": "" }',
  },
  {
    title: 'Results',
    query: `# 3. The newest results, with votes and trade plan.
query Results {
  analyses(first: 5) {
    edges {
      node {
        ticker strategy verdict score asOf source isDemo
        bar { close changePct volume averageVolume currency }
        plan { side entry stop target riskReward positionSize boundBy }
        indicators { indicator vote confidence display }
        warnings { code message }
      }
    }
  }
}
`,
  },
  {
    title: 'Feed',
    query: `# 4. Results of all jobs as they are stored: leave it running and submit something in
# another tab. Pass the last cursor as \`after\` to go on where you were.
subscription Feed {
  analysisStored(from: OLDEST, filter: { minScore: -1 }) {
    cursor
    caughtUp
    gap
    analyses { ticker strategy verdict score asOf isDemo }
  }
}
`,
  },
  {
    title: 'Watchlist',
    query: `# 5. Make a watchlist of three tickers. Demo bars are made up and flagged as such.
mutation Watchlist {
  createWatchlist(input: { name: "My list", tickers: ["AAPL", "MSFT", "NVDA"] }) {
    __typename
    ... on WatchlistPayload { watchlist { id name items { ticker lastStatus } } }
    ... on UserError { code message }
  }
}

# Then analyse it: paste the id of the list.
mutation Analyze($list: ID!) {
  analyzeWatchlist(input: { id: $list, source: DEMO }) {
    ... on SubmitJobPayload { job { id state } }
    ... on UserError { code message }
  }
}

# Or watch it while it is analysed.
subscription Watch($list: ID!) {
  watchlistChanged(id: $list) {
    name
    revision
    items { ticker lastStatus lastAnalysis { verdict score isDemo } }
  }
}
`,
    variables: '{ "list": "" }',
  },
  {
    title: 'Ranking',
    query: `# 6. Every instrument with its latest result, the best score first. Demo results are left
# out unless you ask for them. Totals and facets are counted only when selected.
query Ranking {
  ranking(
    first: 20
    strategy: BALANCED
    filter: { includeDemo: true, analysed: true }
    sort: { by: SCORE, direction: DESC }
  ) {
    totalCount
    facets { verdicts { verdict count } }
    pageInfo { hasNextPage endCursor }
    edges {
      node {
        symbol
        instrument { name sector }
        analysis { verdict score scoreChange buyVotes neutralVotes sellVotes asOf isDemo }
      }
    }
  }
}
`,
  },
  {
    title: 'Backtest',
    query: `# 7. Replay AAPL bar by bar with three strategies, with costs on both sides.
mutation Backtest {
  submitBacktest(input: {
    tickers: ["AAPL"]
    strategies: [BALANCED, TREND_FOLLOWING, WEEKLY_TARGET]
    options: { windowBars: 750, costBps: 10 }
  }) {
    __typename
    ... on SubmitJobPayload { deduplicated job { id state } }
    ... on UserError { code message }
  }
}

# Then side by side with buying and holding: paste the id of the job. It can be followed in
# the tab "Follow" like any other.
query Comparison($job: ID!) {
  job(id: $job) {
    state
    errors { ticker error { code message } }
    items {
      edges {
        node {
          ticker
          comparison {
            firstDate lastDate
            buyAndHold { totalReturnPct maxDrawdownPct sharpe }
            backtests {
              id strategy
              metrics { trades winRatePct totalReturnPct maxDrawdownPct profitFactor sharpe exposurePct }
              warnings { code message }
            }
            curve(points: 50) { date buyAndHold equities }
          }
        }
      }
    }
  }
}

# Every trade, worst first.
query Trades {
  backtests(first: 1) {
    edges {
      node {
        strategy
        trades(first: 20, sort: RETURN) {
          totalCount
          edges { node { signalDate entryDate entryPrice exitDate exitPrice exitReason gap returnPct } }
        }
      }
    }
  }
}
`,
    variables: '{ "job": "" }',
  },
  {
    title: 'Strategies',
    query: `# 8. Several strategies on the same bars, with numbers of your own in place of theirs.
mutation Strategies {
  submitAnalysis(input: {
    tickers: ["AAPL"]
    strategies: [BALANCED, MEAN_REVERSION, WEEKLY_TARGET]
    options: {
      overrides: {
        weights: [{ indicator: RSI, weight: 3 }]
        params: [{ indicator: RSI, name: "period", value: 10 }]
        risk: { targetPct: 6, stopPct: 2.5 }
      }
    }
  }) {
    __typename
    ... on SubmitJobPayload { deduplicated job { id strategies } }
    ... on UserError { code message }
  }
}

# Their results side by side: paste the id of the job.
query SideBySide($job: ID!) {
  job(id: $job) {
    items {
      edges {
        node {
          ticker
          analyses { strategy verdict score customised plan { side entry stop target } }
        }
      }
    }
  }
}
`,
    variables: '{ "job": "" }',
  },
];
