/** Responses that were read before: a page that is opened again shows them at once and reads them anew. */
export interface Response {
  readonly data: unknown;
  /** When the response came, in milliseconds. */
  readonly at: number;
}

const KEPT = 60;
const responses = new Map<string, Response>();

export const requestKey = (text: string, variables: string) => `${text}\n${variables}`;

export function keptResponse(key: string): Response | null {
  return responses.get(key) ?? null;
}

export function keepResponse(key: string, response: Response): void {
  responses.delete(key);
  responses.set(key, response);
  const [oldest] = responses.keys();
  if (responses.size > KEPT && oldest !== undefined) responses.delete(oldest);
}

export function clearRequests(): void {
  responses.clear();
}
