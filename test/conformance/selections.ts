import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
} from 'graphql';

export const isConnection = ({ type }: GraphQLField<unknown, unknown>): boolean =>
  getNamedType(type).name.endsWith('Connection');

const canStandAlone = (args: readonly GraphQLArgument[]) => !args.some(isRequiredArgument);

/**
 * Every field of a type that can be asked for without arguments: leaves always, objects `depth` levels down. The wrapping of pages is no
 * level of its own, so that a page shows its entries.
 */
export function selectAll(schema: GraphQLSchema, type: GraphQLNamedType, depth: number): string {
  if (!isCompositeType(type)) return '';
  if (isAbstractType(type)) {
    const members = schema.getPossibleTypes(type);
    return `{ __typename ${members.map((one) => `... on ${one.name} ${selectAll(schema, one, depth)}`).join(' ')} }`;
  }
  const fields = isObjectType(type) ? Object.values(type.getFields()) : [];
  const selected = fields.flatMap((field) => {
    const named = getNamedType(field.type);
    if (!canStandAlone(field.args)) return [];
    if (isLeafType(named)) return [field.name];
    const wrapped = /Edge$/.test(named.name);
    return depth > 0 || wrapped
      ? [`${field.name} ${selectAll(schema, named, wrapped ? depth : depth - 1)}`]
      : [];
  });
  return `{ __typename ${selected.join(' ')} }`;
}
