import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useClient } from 'thetool-client/react';
import type { TypedDocumentString } from '../generated/graphql.ts';
import { type Failure, failureOf } from './failure.ts';
import { sendDocument } from './send-document.ts';
import { useShown } from './shown.ts';

/** A page of a connection. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly endCursor: string | null;
  readonly hasNextPage: boolean;
}

export interface Pages<Row> {
  readonly rows: readonly Row[];
  readonly hasMore: boolean;
  readonly isReading: boolean;
  /** False until the first page is there. */
  readonly isRead: boolean;
  readonly failure: Failure | null;
  readonly readMore: () => void;
  /** Reads again as many pages as are there, and shows them at once when all have come. */
  readonly reload: () => void;
}

interface State<Row> {
  readonly key: string;
  readonly pages: readonly Page<Row>[];
  readonly isReading: boolean;
  readonly failure: Failure | null;
}

/** Pages of a connection by cursor: rows that come meanwhile neither shift nor double the pages that are read. */
export function usePages<Result, Variables extends { after?: unknown }, Row>(
  document: TypedDocumentString<Result, Variables>,
  variables: Omit<Variables, 'after'>,
  pageOf: (result: Result) => Page<Row>,
  skip = false,
): Pages<Row> {
  const client = useClient();
  const key = JSON.stringify(variables);
  const [state, setState] = useState<State<Row>>({ key, pages: [], isReading: false, failure: null });
  const reading = useRef<AbortController | null>(null);
  const pick = useRef(pageOf);
  pick.current = pageOf;
  useShown(document.toString(), key, skip);

  const read = useCallback(
    (known: readonly Page<Row>[], count: number) => {
      reading.current?.abort();
      const own = new AbortController();
      reading.current = own;
      setState((last) => ({
        key,
        pages: last.key === key ? last.pages : [],
        isReading: true,
        failure: null,
      }));
      const follow = async () => {
        let pages = known;
        for (let n = 0; n < count; n += 1) {
          const after = pages.at(-1)?.endCursor ?? null;
          const given = { ...(JSON.parse(key) as Variables), after };
          const result = await sendDocument(client, document, given, own.signal);
          pages = [...pages, pick.current(result)];
          if (pages.at(-1)?.hasNextPage !== true) break;
        }
        if (!own.signal.aborted) setState({ key, pages, isReading: false, failure: null });
      };
      follow().catch((error: unknown) => {
        if (!own.signal.aborted)
          setState((last) => ({ ...last, isReading: false, failure: failureOf(error) }));
      });
    },
    [client, document, key],
  );

  useEffect(() => {
    if (skip) return;
    read([], 1);
    return () => reading.current?.abort();
  }, [read, skip]);

  const pages = state.key === key ? state.pages : [];
  const rows = useMemo(() => pages.flatMap((page) => page.rows), [pages]);
  const hasMore = pages.at(-1)?.hasNextPage ?? false;
  return {
    rows,
    hasMore,
    isReading: state.isReading,
    isRead: pages.length > 0,
    failure: state.failure,
    readMore: () => hasMore && !state.isReading && read(pages, 1),
    reload: () => read([], Math.max(1, pages.length)),
  };
}

interface Connection<Row> {
  readonly edges: readonly { readonly node: Row }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor?: string | null };
}

/** The page of a connection as the API returns it. */
export function toPage<Row>({ edges, pageInfo }: Connection<Row>): Page<Row> {
  return {
    rows: edges.map(({ node }) => node),
    endCursor: pageInfo.endCursor ?? null,
    hasNextPage: pageInfo.hasNextPage,
  };
}
