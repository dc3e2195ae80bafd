/** Options of the field that the input of every mutation has. */
export const idempotencyKey = {
  description:
    'Key that makes retries safe, up to 255 characters. Retrying with the same key and an equal input has no effect and returns the original response. The same key with another input is rejected with IDEMPOTENCY_CONFLICT.',
} as const;
