import type { Imported } from '../../src/market/import-bars.ts';
import { apiAt } from './api.ts';

export interface ImportResponse {
  readonly status: number;
  readonly body: Partial<Imported> & {
    readonly error?: { readonly code: string; readonly message: string };
    readonly [field: string]: unknown;
  };
}

export type ImportClient = ReturnType<typeof createImportClient>;

/** A client of `/import/candles` and of the GraphQL API of the same server, with one key. `path` is a ticker and, where needed, a query. */
export function createImportClient(url: string, key: string) {
  const { origin } = new URL(url);
  const ask = async (method: string, path: string, body?: BodyInit): Promise<ImportResponse> => {
    const response = await fetch(`${origin}/import/candles${path}`, {
      method,
      headers: { authorization: `Bearer ${key}` },
      ...(body !== undefined && { body, duplex: 'half' }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? {} : JSON.parse(text) };
  };
  return {
    put: (path: string, file: BodyInit) => ask('PUT', `/${path}`, file),
    /** A series, or with a query only (`?first=5`) a page of the list. */
    get: (path = '') => ask('GET', path === '' || path.startsWith('?') ? path : `/${path}`),
    remove: (path: string) => ask('DELETE', `/${path}`),
    graphql: apiAt(url, key),
    key,
  };
}
