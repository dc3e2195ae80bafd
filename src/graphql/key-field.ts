/** Options of the field that the input of every mutation has. */
export const idempotencyKey = {
  description:
    'A repeat with this key and an equal input changes nothing and answers what the first call answered; with another input it is refused with IDEMPOTENCY_CONFLICT. Up to 255 characters.',
} as const;
