import { type DocumentNode, type GraphQLSchema, TypeInfo, visit, visitWithTypeInfo } from 'graphql';

/** The fields that a document selects, by the name of the type that they are selected of: an object type, or an interface of it. */
export type SelectedFields = ReadonlyMap<string, ReadonlySet<string>>;

const known = new WeakMap<DocumentNode, SelectedFields>();

/** Of all operations and fragments of a document, whatever is skipped: what a store may leave out is what nobody names. */
export function selectedFieldsOf(schema: GraphQLSchema, document: DocumentNode): SelectedFields {
  const answer = known.get(document) ?? findFields(schema, document);
  known.set(document, answer);
  return answer;
}

function findFields(schema: GraphQLSchema, document: DocumentNode): SelectedFields {
  const found = new Map<string, Set<string>>();
  const info = new TypeInfo(schema);
  const Field = ({ name }: { readonly name: { readonly value: string } }) => {
    const type = info.getParentType()?.name ?? '';
    const fields = found.get(type) ?? new Set();
    found.set(type, fields.add(name.value));
  };
  visit(document, visitWithTypeInfo(info, { Field }));
  return found;
}
