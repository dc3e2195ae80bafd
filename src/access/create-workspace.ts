import { recordChange } from '../audit/record-change.ts';
import { type Db, inTransaction } from '../db/client.ts';
import { parseName } from '../name.ts';
import { insertWorkspace, type Workspace } from './key.store.ts';

const MAX_NAME = 100;

/** Stores a workspace; a trigger makes its default list. Throws InvalidInputError for its name, and NameTakenError when another has it. */
export async function createWorkspace(db: Db, { id, name }: Workspace): Promise<Workspace> {
  const workspace = { id, name: parseName(name, MAX_NAME) };
  await inTransaction(db, async (tx) => {
    await insertWorkspace(tx, workspace);
    await recordChange(tx, { type: 'Workspace', ids: [id] });
  });
  return workspace;
}
