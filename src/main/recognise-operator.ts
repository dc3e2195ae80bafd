import { createHash, timingSafeEqual } from 'node:crypto';

/** Compared by digests, so that neither length nor content of a key shows in the time that a comparison takes. */
const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Tells whether a header `Authorization` has one of these keys as its bearer token. Without keys nobody is the operator. */
export function recogniseOperator(
  keys: readonly (string | null)[],
): (authorization: string | undefined) => boolean {
  const digests = keys.flatMap((key) => (key === null ? [] : [digestOf(key)]));
  return (authorization) => {
    const [, token] = /^Bearer +([\x21-\x7e]{1,8192})$/i.exec(authorization ?? '') ?? [];
    if (token === undefined) return false;
    const shown = digestOf(token);
    return digests.filter((digest) => timingSafeEqual(digest, shown)).length > 0;
  };
}
