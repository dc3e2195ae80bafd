import { setTimeout as delay } from 'node:timers/promises';
import type { JobEvent } from '../../packages/client/src/follow-job.ts';
import type { JobResultsQuery } from '../../packages/client/src/generated/graphql.ts';

type Result = NonNullable<JobResultsQuery['job']>['analyses']['edges'][number]['node'];

export interface Screen {
  title(text: string): void;
  /** One step of the job that is followed. */
  step(event: JobEvent): Promise<void>;
  result(result: Result): void;
  row(result: Result): void;
  failure(ticker: string, message: string): void;
  next(): void;
}

const BAR_WIDTH = 30;
/** A job of one ticker takes a tenth of a second; a bar that is to be seen needs a little longer per step. */
const VISIBLE_MS = 150;

/** What the demo prints: a moving bar on a terminal, plain lines elsewhere. */
export function createScreen(): Screen {
  const out = process.stdout;
  const live = out.isTTY === true;
  const line = (text: string) => void out.write(`${text}\n`);

  function bar(progress: number): string {
    const filled = Math.round((progress / 100) * BAR_WIDTH);
    return `[${'█'.repeat(filled)}${'·'.repeat(BAR_WIDTH - filled)}] ${String(Math.round(progress)).padStart(3)} %`;
  }

  return {
    title: (text) => line(`\n${text}`),
    async step(event) {
      const what = [event.ticker ?? event.tickers.join(' '), describe(event)].filter(Boolean).join(': ');
      if (!live) return line(`  ${String(event.seq).padStart(3)}  ${bar(event.progress)}  ${what}`);
      out.write(`\r\x1b[2K  ${bar(event.progress)}  ${what}`);
      await delay(VISIBLE_MS);
      if (event.type.startsWith('JOB_') && event.type !== 'JOB_QUEUED' && event.type !== 'JOB_STARTED')
        out.write('\n');
    },
    result(result) {
      const votes = Object.entries(Object.groupBy(result.indicators, ({ category }) => category));
      line(
        `\n  ${result.ticker}  ${result.verdict}  score ${result.score.toFixed(4)} (-1 sell … 1 buy), market ${result.regime}`,
      );
      for (const [category, readings] of votes) {
        const texts = (readings ?? []).map(
          ({ indicator, vote }) =>
            `${indicator} ${vote === null || vote === undefined ? 'n/a' : vote > 0 ? '+1' : String(vote)}`,
        );
        line(`    ${category.padEnd(10)} ${texts.join('  ')}`);
      }
      line(`    ${planText(result)}`);
      for (const { filter, clause } of result.vetoes) line(`    held back by ${filter}: ${clause}`);
      for (const { code, message } of result.warnings) line(`    warning ${code}: ${message}`);
      line(
        `    as of ${result.asOf}, source ${result.source}${result.isDemo ? ' (made-up bars)' : ''}, strategy ${result.strategy}`,
      );
    },
    row(result) {
      const demo = result.isDemo ? 'made-up bars' : '';
      line(
        `  ${result.ticker.padEnd(6)} ${result.verdict.padEnd(11)} ${result.score.toFixed(4).padStart(8)}  ${planText(result)}  as of ${result.asOf} ${demo}`.trimEnd(),
      );
    },
    failure: (ticker, message) => line(`  ${ticker.padEnd(6)} failed: ${message}`),
    next() {
      line('\nWhat to try next');
      line('  npm start          the same server to stay, with GraphiQL at http://127.0.0.1:4000/graphql');
      line('  npm test           the tests');
      line('  README.md          the first five minutes, guides');
      line('  CONTRIBUTING.md    how to add an indicator');
    },
  };
}

function planText({ plan, verdict, scoreVerdict, vetoes, currency }: Result): string {
  if (plan == null) {
    const filters = [...new Set(vetoes.map(({ filter }) => filter))].join(' and ');
    return filters === '' ? `no plan: ${verdict}` : `no plan: ${scoreVerdict} held back by ${filters}`;
  }
  return `${plan.side} entry ${plan.entry} stop ${plan.stop} target ${plan.target} ${currency ?? ''} ratio ${plan.riskReward} size ${plan.positionSize} (${plan.boundBy})`;
}

const phases: Readonly<Record<number, string>> = {
  25: 'candles loaded',
  50: 'indicators computed',
  75: 'scored and planned',
};

function describe(event: JobEvent): string {
  switch (event.type) {
    case 'ITEM_PROGRESSED':
      return phases[event.phase ?? 0] ?? '';
    case 'ITEM_COMPLETED':
      return `stored, ${event.verdict ?? ''}`;
    case 'ITEM_FAILED':
      return `failed: ${event.error?.message ?? ''}`;
    default:
      return event.type.toLowerCase().replaceAll('_', ' ');
  }
}
