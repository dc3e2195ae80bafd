import { graphql } from 'react-relay';

export const historyPage = graphql`
  fragment fragments_history on Query
  @refetchable(queryName: "fragmentsHistoryPageQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 20 }, cursor: { type: "String" }, ticker: { type: "String" }) {
    analyses(first: $count, after: $cursor, filter: { ticker: $ticker }) @connection(key: "fragments_analyses") {
      totalCount
      edges { node { id ticker verdict score ...fragments_plan } }
    }
  }
`;

export const plan = graphql`
  fragment fragments_plan on Analysis @argumentDefinitions(withPlan: { type: "Boolean", defaultValue: true }) {
    plan @include(if: $withPlan) { side entry stop target }
  }
`;

/** Refetched through node(id:). */
export const jobItems = graphql`
  fragment fragments_items on Job
  @refetchable(queryName: "fragmentsItemsPageQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 50 }, cursor: { type: "String" }, states: { type: "[JobState!]" }) {
    state
    progress
    items(first: $count, after: $cursor, states: $states) @connection(key: "fragments_items", filters: ["states"]) {
      edges { node { ticker state phase error { code message } analysis { ...fragments_plan @arguments(withPlan: false) } } }
    }
  }
`;

/** Backwards. */
export const trades = graphql`
  fragment fragments_trades on Backtest
  @refetchable(queryName: "fragmentsTradesPageQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 50 }, cursor: { type: "String" }) {
    trades(last: $count, before: $cursor) @connection(key: "fragments_trades") {
      edges { node { n entryDate exitDate returnPct } }
    }
  }
`;

export const jobQuery = graphql`
  query fragmentsJobQuery($id: ID!) {
    job(id: $id) { id uuid ...fragments_items @arguments(count: 10) watchlist { id name } }
    node(id: $id) { __typename ...fragments_trades @alias }
  }
`;

export const submit = graphql`
  mutation fragmentsSubmitMutation($input: SubmitAnalysisInput!) {
    submitAnalysis(input: $input) {
      __typename
      ... on SubmitJobPayload { deduplicated job { id ...fragments_items } }
      ... on UserError { code message }
    }
  }
`;

export const follow = graphql`
  subscription fragmentsFollowSubscription($id: ID!) {
    jobProgress(id: $id) { id ...fragments_items }
  }
`;
