import { type GraphQLSchema, getNamedType, isRequiredArgument } from 'graphql';
import type { Db } from '../../src/db/client.ts';
import { sql } from '../../src/db/drizzle.ts';
import type { TestApi } from '../support/api.ts';
import { submit } from '../support/engine.ts';
import type { Pool } from './generate-operation.ts';
import { isConnection, selectAll } from './selections.ts';

/** Ids of what every root field shows, and of a job of another workspace. */
export async function collectPool(api: TestApi, schema: GraphQLSchema, db: Db): Promise<Pool> {
  const ids = new Set<string>();
  const look = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(look);
    else if (typeof value === 'object' && value !== null) {
      if ('id' in value && typeof value.id === 'string' && value.id.length > 12) ids.add(value.id);
      Object.values(value).forEach(look);
    }
  };
  for (const field of Object.values(schema.getQueryType()?.getFields() ?? {})) {
    if (field.args.some(isRequiredArgument)) continue;
    const first = isConnection(field) ? '(first: 2)' : '';
    look(
      (
        await api.post(
          `{ ${field.name}${first} ${selectAll(schema, getNamedType(field.type), isConnection(field) ? 1 : 0)} }`,
        )
      ).data,
    );
  }
  const { rows } = await db.execute<{ id: string }>(
    sql`insert into workspaces (id, name) values (gen_random_uuid(), 'another') returning id`,
  );
  const foreign = await submit(db, ['F1'], { workspaceId: rows[0]?.id ?? '' });
  ids.add(Buffer.from(`Job:${foreign}`).toString('base64'));
  return { ids: [...ids] };
}
