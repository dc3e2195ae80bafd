import '../graphql/errors.ts';
import '../access/key.graphql.ts';
import '../catalog/catalog.graphql.ts';
import '../instruments/instrument.graphql.ts';
import '../jobs/job.graphql.ts';
import '../jobs/job-event.graphql.ts';
import '../jobs/queue.graphql.ts';
import '../jobs/waiting.graphql.ts';
import '../rates/rate.graphql.ts';
import '../watchlists/watchlist.graphql.ts';
import '../audit/entry.graphql.ts';
import '../analyses/analysis.graphql.ts';
import '../analyses/dashboard.graphql.ts';
import '../analyses/feed.graphql.ts';
import '../analyses/history.graphql.ts';
import '../analyses/ranking.graphql.ts';
import '../analyses/series.graphql.ts';
import '../instruments/candle.graphql.ts';
import '../analyses/submit.graphql.ts';
import '../backtests/backtest.graphql.ts';
import '../backtests/comparison.graphql.ts';
import '../backtests/submit.graphql.ts';
import '../webhooks/edit.graphql.ts';
import '../webhooks/webhook.graphql.ts';
import { auditMutations } from '../graphql/audit-mutations.ts';
import { builder } from '../graphql/builder.ts';

/** The whole API: the features above have registered their types and fields. */
export const schema = auditMutations(builder.toSchema({ sortSchema: true }));
