import { ItemError } from '../errors.ts';

export interface Service {
  /** Shown in messages. */
  readonly title: string;
  /** Where every request goes, `https://host`: nothing else is reached, by redirect neither. */
  readonly origin: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const MAX_BYTES = 5_000_000;
const MAX_REDIRECTS = 2;
const MIN_RETRY_AFTER_MS = 1_000;
const MAX_RETRY_AFTER_MS = 60_000;
/** When the service says 429 and not how long. */
const DEFAULT_RETRY_AFTER_MS = 5_000;

/**
 * One GET of JSON. Follows redirects within the origin only and stops reading at 5 MB of decompressed text, so that a compressed
 * bomb costs no more than that. Certificates are verified: no setting turns it off, and config.ts refuses the variable that would. Statuses below 500 but
 * 429 are answered when they carry JSON, unless they say that a quota is used up. Throws ItemError RATE_LIMITED, SOURCE_UNAVAILABLE or BAD_DATA (TOO_LARGE), or the signal's reason.
 */
export async function fetchJson(service: Service, path: string, signal: AbortSignal): Promise<Answer> {
  const response = await follow(service, new URL(path, service.origin), signal);
  if (response.status === 429) {
    await response.body?.cancel();
    const retryAfterMs = readRetryAfter(response.headers.get('retry-after'));
    throw new ItemError('RATE_LIMITED', `${service.title} reports that its rate limit is exceeded.`, {
      retryAfterMs,
    });
  }
  if (response.status >= 500) {
    await response.body?.cancel();
    throw unavailable(service, `responded with status ${response.status}`);
  }
  const text = await readText(service, response, signal);
  if (isQuotaText(text))
    throw new ItemError('RATE_LIMITED', `${service.title} reports that the quota is used up.`, {
      retryAfterMs: MAX_RETRY_AFTER_MS,
    });
  try {
    return { status: response.status, body: JSON.parse(text) };
  } catch (error) {
    throw unavailable(service, `returned a response that is not JSON (status ${response.status})`, error);
  }
}

/** Longer texts are data, which may contain any word. */
const MAX_NOTICE = 1_000;
const QUOTA =
  /too many requests|rate.?limit|(request|call|api|hourly|daily|monthly|usage|bandwidth)\w*.{0,40}(limit|quota|allocation|allowance)|(quota|limit) (has been |was )?(exceeded|reached)/i;

/** Whether a service says with any status that its quota is used up: a short text without bars. */
function isQuotaText(text: string): boolean {
  return text.length <= MAX_NOTICE && !/"(timestamp|close|result)"\s*:\s*\[/i.test(text) && QUOTA.test(text);
}

async function follow(service: Service, first: URL, signal: AbortSignal): Promise<Response> {
  let url = first;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
    // Before every request: a path or a Location never leads to another host, port or scheme.
    if (url.origin !== new URL(service.origin).origin) {
      throw unavailable(service, 'redirects to another place');
    }
    const response = await reach(service, url, signal);
    if (response.status < 300 || response.status > 399) return response;
    await response.body?.cancel();
    const target = response.headers.get('location') ?? '';
    if (!URL.canParse(target, url)) throw unavailable(service, 'redirects to nowhere');
    url = new URL(target, url);
  }
  throw unavailable(service, 'redirects in a circle');
}

async function reach(service: Service, url: URL, signal: AbortSignal): Promise<Response> {
  try {
    const headers = { accept: 'application/json', ...service.headers };
    return await fetch(url, { headers, redirect: 'manual', signal });
  } catch (error) {
    signal.throwIfAborted();
    throw unavailable(service, 'cannot be reached', error);
  }
}

async function readText(service: Service, response: Response, signal: AbortSignal): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const part of response.body ?? []) {
      bytes += part.byteLength;
      if (bytes > MAX_BYTES) {
        const message = `${service.title} returned more than ${MAX_BYTES / 1_000_000} MB.`;
        throw new ItemError('BAD_DATA', message, { detail: 'TOO_LARGE' });
      }
      parts.push(part);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ItemError) throw error;
    throw unavailable(service, 'closed the connection in the middle of its response', error);
  }
  return Buffer.concat(parts).toString('utf8');
}

function unavailable(service: Service, what: string, cause?: unknown): ItemError {
  return new ItemError('SOURCE_UNAVAILABLE', `${service.title} ${what}.`, { cause });
}

/** Seconds or an HTTP date; at least a second, at most a minute. */
function readRetryAfter(header: string | null): number {
  if (header === null) return DEFAULT_RETRY_AFTER_MS;
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms)
    ? Math.min(Math.max(ms, MIN_RETRY_AFTER_MS), MAX_RETRY_AFTER_MS)
    : DEFAULT_RETRY_AFTER_MS;
}
