import type { Access } from '../access.ts';
import type { Db } from '../db/client.ts';
import type { Logger } from '../logger.ts';
import type { SelectedFields } from './document-facts.ts';

/**
 * What every resolver gets. A feature adds what it needs by augmenting this interface in its own `.graphql.ts`; the composition
 * root provides it.
 */
export interface Context {
  readonly access: Access;
  /** Works for the access's workspace: the database shows no other. */
  readonly db: Db;
  readonly log: Logger;
  readonly requestId: string;
  /** Address of the client; null for an execution that subscribers share. */
  readonly address: string | null;
  /** Points that the operation was charged with; 0 for an execution that subscribers share. */
  readonly cost: number;
  /** What the operation’s document selects; undefined for an execution that subscribers share. */
  readonly selected?: SelectedFields;
}

/** The part that is the same for all requests. */
export type ContextBase = Omit<Context, 'access' | 'db' | 'requestId' | 'address' | 'log' | 'cost'> & {
  readonly dbOf: (workspaceId: string) => Db;
  readonly log: Logger;
};
