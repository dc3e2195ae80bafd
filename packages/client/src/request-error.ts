/** The server rejected an operation, or no response came; `code` is stable. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly code: string | null;
  constructor(message: string, code: string | null, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
