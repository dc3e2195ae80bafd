/** What is wrong, in words, with the code that the reference of errors explains. */
export interface Failure {
  readonly code: string | null;
  readonly message: string;
}

/** The code of a RequestError of the client; null for everything else. */
export function failureOf(error: unknown): Failure {
  const code =
    typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
      ? error.code
      : null;
  return { code, message: error instanceof Error ? error.message : String(error) };
}

interface Refusal {
  readonly __typename: string;
  readonly code: string;
  readonly message: string;
}

/** The failure in the result of a mutation; null when the mutation has had its effect. */
export function refusalOf(result: { readonly __typename: string }): Failure | null {
  return 'code' in result && 'message' in result ? (result as Refusal) : null;
}
