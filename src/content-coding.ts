/** Codings in which a response can be sent, the one that makes the smallest texts for their time first. */
export const CODINGS = ['zstd', 'br', 'gzip'] as const;

export type Coding = (typeof CODINGS)[number];

/**
 * The coding of `offered` that the client prefers among those that its `Accept-Encoding` names (RFC 9110, 12.5.3); of equal ones the first. Null: the
 * response is sent as it is. `*` names nothing: old programs send it and cannot read what they then get.
 */
export function chooseCoding<Offered extends Coding>(
  accepted: string | readonly string[] | undefined,
  offered: readonly Offered[],
): Offered | null {
  const qualities = qualitiesOf(String(accepted ?? ''));
  let best: Offered | null = null;
  let quality = qualities.get('identity') ?? 0;
  for (const coding of offered) {
    const own = qualities.get(coding) ?? 0;
    if (own <= 0 || (best === null ? own < quality : own <= quality)) continue;
    best = coding;
    quality = own;
  }
  return best;
}

function qualitiesOf(header: string): ReadonlyMap<string, number> {
  const qualities = new Map<string, number>();
  for (const part of header.split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    qualities.set(name.replace(/^x-(?=gzip$)/, ''), quality === undefined ? 1 : Number(quality) || 0);
  }
  return qualities;
}

/** Weak comparison of an `ETag` with an `If-None-Match`, as that header demands (RFC 9110, 13.1.2). */
export function isAmongTags(etag: string, known: string | undefined): boolean {
  return (known ?? '').split(',').some((tag) => {
    const text = tag.trim();
    return text === '*' || text.replace(/^W\//, '') === etag;
  });
}
