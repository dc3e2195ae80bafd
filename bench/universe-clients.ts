import { connect } from '../src/client/connect.ts';
import { followJob } from '../src/client/follow-job.ts';
import { watchJob } from '../src/client/watch-job.ts';

/** Told by the benchmark: follow this job from as many clients, every other one by `jobProgress`. */
export interface Assignment {
  readonly url: string;
  readonly jobId: string;
  readonly clients: number;
}

/** Told to the benchmark. Times are milliseconds of the wall clock. */
export interface Report {
  /** When the first client heard that the job is PROCESSING, and when the last client had the end. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly events: number;
  /** Fewest steps of items that a client of `jobEvents` received. */
  readonly fewestSteps: number;
  readonly states: number;
  /** Clients whose log was not 1, 2, 3 … to the job's end, or that ended with another state than COMPLETED. */
  readonly faults: number;
}

const STEPS = new Set(['ITEM_PROGRESSED', 'ITEM_COMPLETED', 'ITEM_FAILED']);

async function follow({ url, jobId, clients }: Assignment): Promise<Report> {
  const report = {
    startedAt: Number.POSITIVE_INFINITY,
    endedAt: 0,
    events: 0,
    fewestSteps: Number.POSITIVE_INFINITY,
    states: 0,
    faults: 0,
  };
  async function one(index: number): Promise<void> {
    const client = connect(url);
    const whole = index % 2 === 0 ? await readLog(client) : await readStates(client);
    if (!whole) report.faults += 1;
    report.endedAt = Math.max(report.endedAt, Date.now());
    await client.close();
  }
  async function readLog(client: ReturnType<typeof connect>): Promise<boolean> {
    let last = 0;
    let steps = 0;
    let type = '';
    let dense = true;
    for await (const event of followJob(client, jobId)) {
      dense &&= event.seq === last + 1;
      ({ seq: last, type } = event);
      if (STEPS.has(type)) steps += 1;
      if (type === 'JOB_STARTED') report.startedAt = Math.min(report.startedAt, Date.now());
    }
    report.events += last;
    report.fewestSteps = Math.min(report.fewestSteps, steps);
    return dense && type === 'JOB_COMPLETED';
  }
  async function readStates(client: ReturnType<typeof connect>): Promise<boolean> {
    let state = '';
    for await (const status of watchJob(client, jobId)) {
      report.states += 1;
      ({ state } = status);
    }
    return state === 'COMPLETED';
  }
  await Promise.all(Array.from({ length: clients }, (_, index) => one(index)));
  return report;
}

process.on('message', (assignment: Assignment) => {
  follow(assignment).then(
    (report) => {
      process.send?.(report);
      process.disconnect();
    },
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
