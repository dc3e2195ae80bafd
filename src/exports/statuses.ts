import type { CodeText, ErrorCode } from '../error-codes.ts';

interface StatusText extends CodeText {
  readonly codes: readonly ErrorCode[];
}

/** Every HTTP status of an unsuccessful export or import, with the codes of its body. docs/errors.md is written from this record. */
export const httpStatuses = {
  400: {
    codes: ['INVALID_INPUT', 'INVALID_TICKER'],
    happened: 'A parameter or a part of the path has an invalid value.',
    action: 'Correct the value that the message names.',
    retry: 'no',
  },
  401: {
    codes: ['UNAUTHENTICATED'],
    happened: 'The request has no valid API key or token.',
    action: 'Send a valid credential in the header `Authorization: Bearer …`.',
    retry: 'no',
  },
  403: {
    codes: ['FORBIDDEN', 'BAD_REQUEST'],
    happened: 'The credential lacks the scope, or a page of another site sent the request (`BAD_REQUEST`).',
    action: 'Use a credential with the scope, or add the origin of the page to `ALLOWED_ORIGINS`.',
    retry: 'no',
  },
  404: {
    codes: ['NOT_FOUND'],
    happened: 'There is no export with this path, or no imported series or result with this name.',
    action: 'Correct the path. The message lists the paths of exports.',
    retry: 'no',
  },
  405: {
    codes: ['BAD_REQUEST'],
    happened: 'The path does not support the method of the request.',
    action: 'Use `GET` for an export, and `PUT`, `GET` or `DELETE` for an imported series.',
    retry: 'no',
  },
  409: {
    codes: [],
    happened: 'The bars of the file contradict the stored bars of the series. Nothing was stored.',
    action: 'Read `report`, then send the whole series with `mode=replace`, or correct the file.',
    retry: 'no',
  },
  413: {
    codes: ['LIMIT_EXCEEDED'],
    happened: 'The file of an import is too large.',
    action: 'Send fewer bars, or compress the file with gzip.',
    retry: 'no',
  },
  415: {
    codes: ['BAD_REQUEST'],
    happened: 'The body of an import is a form, or it is compressed by a method other than gzip.',
    action: 'Send the file itself as the body (`curl -T`).',
    retry: 'no',
  },
  422: {
    codes: ['LIMIT_EXCEEDED'],
    happened:
      'The file of an import cannot be read, or it exceeds a quota of the workspace (`LIMIT_EXCEEDED`). Nothing was stored.',
    action: 'Read the message: it contains the line and the correction ([data.md](data.md)).',
    retry: 'no',
  },
  429: {
    codes: ['RATE_LIMITED', 'LIMIT_EXCEEDED', 'TOO_MANY_TRIES'],
    happened:
      'The workspace has used the points of its rate limit, too many exports or imports run, or too many invalid credentials came from this address.',
    action: 'Wait for the seconds of `Retry-After`, then send the request again.',
    retry: 'after a pause',
  },
  500: {
    codes: ['INTERNAL'],
    happened: 'The server has a defect. The message contains a correlation id.',
    action: 'Send the request again once. Then report the correlation id to the operator.',
    retry: 'yes',
  },
  503: {
    codes: ['UNAVAILABLE'],
    happened: 'The database does not respond at the moment, or a reader process of files ended.',
    action: 'Send the request again with growing pauses.',
    retry: 'after a pause',
  },
} as const satisfies Record<number, StatusText>;

export type HttpStatus = keyof typeof httpStatuses;
