import type { CanvasRenderingTarget2D } from 'fancy-canvas';
import type {
  IChartApi,
  ISeriesApi,
  ISeriesPrimitive,
  PrimitivePaneViewZOrder,
  SeriesType,
  Time,
} from 'lightweight-charts';

/** A band between two prices, from a day to the right edge of the chart. */
export interface Zone {
  readonly from: number;
  readonly to: number;
  readonly colour: string;
}

/** Tints the ranges of risk and reward of a plan behind the candles. */
export function planZones(
  chart: IChartApi,
  series: ISeriesApi<SeriesType>,
  start: Time,
  zones: readonly Zone[],
): ISeriesPrimitive<Time> {
  const renderer = {
    draw(target: CanvasRenderingTarget2D) {
      // biome-ignore lint/correctness/useHookAtTopLevel: a method of the canvas, no hook of React
      target.useMediaCoordinateSpace(({ context, mediaSize }) => {
        const left = Math.max(0, chart.timeScale().timeToCoordinate(start) ?? 0);
        for (const { from, to, colour } of zones) {
          const [a, b] = [series.priceToCoordinate(from), series.priceToCoordinate(to)];
          if (a === null || b === null) continue;
          context.fillStyle = colour;
          context.fillRect(left, Math.min(a, b), mediaSize.width - left, Math.abs(a - b));
        }
      });
    },
  };
  const view = { renderer: () => renderer, zOrder: (): PrimitivePaneViewZOrder => 'bottom' };
  return { paneViews: () => [view] };
}
