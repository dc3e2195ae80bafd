import { connect } from '../packages/client/src/connect.ts';
import { followJob } from '../packages/client/src/follow-job.ts';
import { TEST_KEY } from '../test/support/key.ts';
import { quantile } from './usage.ts';

/** Told by the benchmark: follow these jobs from as many clients, first at `from`, after a loss at `to`. */
export interface Assignment {
  readonly clients: number;
  readonly jobs: readonly string[];
  readonly from: string;
  readonly to: string;
}

/** Told to the benchmark. Times are milliseconds of the wall clock. */
export type Report =
  | { readonly type: 'JOINED' }
  | {
      readonly type: 'RESUMED';
      readonly lastAt: number;
      readonly gapMs: { p50: number; p99: number; worst: number };
    }
  | {
      readonly type: 'ENDED';
      /** How many clients have ended with each number of events. */
      readonly logs: Readonly<Record<string, number>>;
      readonly faults: number;
      readonly closeCodes: Readonly<Record<string, number>>;
      readonly tries: number;
    };

const report = (message: Report) => process.send?.(message);

/** Many clients of the published kind, each with a socket of its own, in one process. */
async function follow({ clients, jobs, from, to }: Assignment): Promise<void> {
  const lostAt = new Map<number, number>();
  const gaps: number[] = [];
  const logs: Record<string, number> = {};
  const closeCodes: Record<string, number> = {};
  let joined = 0;
  let tries = 0;
  let faults = 0;

  async function one(index: number): Promise<void> {
    let losses = 0;
    let began = false;
    const client = connect(() => (losses === 0 ? from : to), {
      key: TEST_KEY,
      pingMs: 30_000,
      pongLimitMs: 30_000,
      onRetry({ closeCode }) {
        losses += 1;
        tries += 1;
        closeCodes[String(closeCode)] = (closeCodes[String(closeCode)] ?? 0) + 1;
        if (began && !lostAt.has(index)) lostAt.set(index, Date.now());
      },
    });
    client.sockets.on('message', ({ type }) => {
      if (type !== 'next') return;
      if (!began) {
        began = true;
        joined += 1;
        if (joined === clients) report({ type: 'JOINED' });
      }
      const lost = lostAt.get(index);
      if (lost === undefined || lost < 0) return;
      lostAt.set(index, -1);
      gaps.push(Date.now() - lost);
      if (gaps.length < clients) return;
      const gapMs = { p50: quantile(gaps, 0.5), p99: quantile(gaps, 0.99), worst: Math.max(...gaps) };
      report({ type: 'RESUMED', lastAt: Date.now(), gapMs });
    });
    let last = 0;
    for await (const { seq } of followJob(client, jobs[index % jobs.length] ?? '')) {
      if (seq !== last + 1) faults += 1;
      last = seq;
    }
    logs[last] = (logs[last] ?? 0) + 1;
    await client.close();
  }

  await Promise.all(Array.from({ length: clients }, (_, index) => one(index)));
  report({ type: 'ENDED', logs, faults, closeCodes, tries });
}

process.on('message', (assignment: Assignment) => {
  follow(assignment).then(
    () => process.disconnect(),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
