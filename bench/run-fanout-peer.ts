/** Child process of `bench/fanout.ts`: one peer's server, so that its CPU time and memory are its own. */
export interface FanoutPeer {
  readonly port: number;
  /** Sends one event to all subscribers. */
  publish(seq: number): unknown;
}

const [module = '', name = '', url = ''] = process.argv.slice(2);
const opened = (await import(module)) as Readonly<Record<string, (url: string) => Promise<FanoutPeer>>>;
const open = opened[name];
if (open === undefined) throw new Error(`${module} has no ${name}`);

const peer = await open(url);
process.on('message', ({ publish }: { publish: number }) => void peer.publish(publish));
process.send?.({ port: peer.port });
