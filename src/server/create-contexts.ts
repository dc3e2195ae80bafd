import type { Access } from '../access.ts';
import type { Context, ContextBase } from '../graphql/context.ts';

export type CreateContext = (access: Access, address?: string | null, givenId?: string | null) => Context;

/** Makes contexts. Without an address and the id of a request: for an execution that subscribers share. */
export function createContexts(base: ContextBase): CreateContext {
  const { dbOf, ...everybodys } = base;
  return (access, address = null, givenId = null) => {
    let requestId = saneId(givenId);
    return {
      ...everybodys,
      access,
      db: dbOf(access.workspaceId),
      cost: 0,
      address,
      // Made when it is asked for: 10,000 subscriptions hold their contexts, and every shared execution makes one.
      get requestId() {
        requestId ??= crypto.randomUUID();
        return requestId;
      },
      get log() {
        return base.log.child({ requestId: this.requestId });
      },
    };
  };
}

/** The id that a client gave a request, where it is harmless in a log. */
export function saneId(text: string | null | undefined): string | null {
  return text != null && /^[\w.:-]{1,64}$/.test(text) ? text : null;
}
