import { once } from 'node:events';
import { measure, type OpenContestant } from './contestant.ts';

/** Child process of `bench/jobs.ts`: one contestant, so that its CPU time and memory are its own. */
const [module = '', name = '', url = '', count = '', rounds = ''] = process.argv.slice(2);
const opened = (await import(module)) as Readonly<Record<string, OpenContestant>>;
const open = opened[name];
if (open === undefined) throw new Error(`${module} has no ${name}`);

const measured = await measure(
  open,
  url,
  { count: Number(count), rounds: Number(rounds) },
  async (moment) => {
    const answer = once(process, 'message');
    process.send?.({ moment });
    await answer;
  },
);
process.send?.({ measured });
process.disconnect();
