import type { Access } from '../access/access.ts';
import type { Db } from '../db/client.ts';
import type { Logger } from '../logger.ts';
import type { SelectedFields } from './selected-fields.ts';

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
  /** Of whoever asks; null for an execution that many share. */
  readonly address: string | null;
  /** The operation was executed with these variables before, and its cost was found to be within the limits. */
  readonly costAccepted: boolean;
  /** What the operation’s document selects; undefined for an execution that many share. */
  readonly selected?: SelectedFields;
}

/** The part that is the same for all requests. */
export type ContextBase = Omit<
  Context,
  'access' | 'db' | 'requestId' | 'address' | 'log' | 'costAccepted'
> & {
  readonly dbOf: (workspaceId: string) => Db;
  readonly log: Logger;
};
