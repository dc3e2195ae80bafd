import { createMetrics } from '../../metrics.ts';
import { code, tableOf } from './table.ts';

interface Described {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
}

/** The tables of docs/metrics.md, by the names of their places: metrics of TheTool, and those of prom-client about the process. */
export function metricsTables(): { readonly thetool: string; readonly process: string } {
  const all = createMetrics().registry.getMetricsAsArray() as unknown as Described[];
  const tableFor = (metrics: readonly Described[]) =>
    tableOf(
      ['Name', 'Type', 'Labels', 'Meaning'],
      metrics.map(({ name, type, help, labelNames = [] }) => [
        code(name),
        type,
        labelNames.map(code).join(' '),
        help,
      ]),
    );
  const isOwn = ({ name }: Described) => name.startsWith('thetool_');
  return { thetool: tableFor(all.filter(isOwn)), process: tableFor(all.filter((one) => !isOwn(one))) };
}
