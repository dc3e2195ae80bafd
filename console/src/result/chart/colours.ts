/** Colours of the theme as the chart's library takes them: it knows no oklch. */
export interface Colours {
  readonly ink: string;
  readonly dim: string;
  readonly line: string;
  readonly ground: string;
  readonly up: string;
  readonly down: string;
  readonly accent: string;
  readonly upZone: string;
  readonly downZone: string;
  readonly volumeUp: string;
  readonly volumeDown: string;
  /** For the lines of indicators, in their order. */
  readonly lines: readonly string[];
}

const LINES = ['--accent', '--warn', '--ink-3', '--up', '--down'] as const;

/** Paints one pixel with a colour and reads it: the browser converts every colour space. */
function reader(): (name: string, alpha?: number) => string {
  const canvas = document.createElement('canvas');
  canvas.width = 1;
  canvas.height = 1;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const styles = getComputedStyle(document.documentElement);
  return (name, alpha = 1) => {
    if (context === null) return 'rgba(128, 128, 128, 1)';
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = styles.getPropertyValue(name).trim();
    context.fillRect(0, 0, 1, 1);
    const [r = 0, g = 0, b = 0] = context.getImageData(0, 0, 1, 1).data;
    return `rgba(${r}, ${g}, ${b}, ${alpha})`;
  };
}

export function readColours(): Colours {
  const read = reader();
  return {
    ink: read('--ink-2'),
    dim: read('--ink-3'),
    line: read('--line', 0.6),
    ground: read('--surface'),
    up: read('--up'),
    down: read('--down'),
    accent: read('--accent'),
    upZone: read('--up', 0.12),
    downZone: read('--down', 0.12),
    volumeUp: read('--up', 0.35),
    volumeDown: read('--down', 0.35),
    lines: LINES.map((name) => read(name)),
  };
}
