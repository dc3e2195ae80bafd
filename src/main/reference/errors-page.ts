import { type GraphQLSchema, isInterfaceType } from 'graphql';
import { type CodeText, errorCodes } from '../../error-codes.ts';
import { itemErrors, userErrorCodes } from '../../errors.ts';
import { httpStatuses } from '../../exports/statuses.ts';
import { closeCodes } from '../../sockets/close-codes.ts';
import { failureCodes } from '../../webhooks/webhook.ts';
import { code, tableOf } from './table.ts';

const cellsOf = ({ happened, action, retry }: CodeText) => [happened, action, retry];

/** docs/errors.md: every code that a client can receive, from the records beside the code and from the schema. */
export function errorsPage(schema: GraphQLSchema): string {
  return `# Errors

<!-- Written by \`npm run reference\` from the source. Do not edit. -->

Every error has a stable code. This page says what happened, what to do, and whether the same request can succeed when you send it again.
How a program reads and handles errors: [api.md](api.md#errors-and-what-to-do).

## Error types of GraphQL results

An error that a client can act on is a member of the union that a mutation returns. Select \`... on UserError { code message }\` to read all of them.
Each type also has \`code\` and \`message\`.

${tableOf(['Type', 'Code', 'Further fields', 'Meaning'], typeRows(schema))}

## Codes of GraphQL errors

Other errors are in \`errors\`, and \`extensions.code\` contains the code. The codes of the types above are part of this table. \`extensions.retryable\` is true when the
same request can succeed later.

${tableOf(
  ['Code', 'What happened', 'What to do', 'Retry'],
  Object.entries(errorCodes).map(([name, text]) => [code(name), ...cellsOf(text)]),
)}

## HTTP status codes of exports and imports

The body is \`{"error":{"code":"…","message":"…"}}\`. Codes of files are in [data.md](data.md#own-bars). An export that fails after its first row ends the connection before the last chunk ([exports.md](exports.md)).

${tableOf(
  ['Status', 'Codes', 'What happened', 'What to do', 'Retry'],
  Object.entries(httpStatuses).map(([status, text]) => [
    status,
    text.codes.map(code).join(' ') || 'a code of the file',
    ...cellsOf(text),
  ]),
)}

## Close codes of websockets

The client of this repository ([client.md](client.md)) handles all of them.

${tableOf(
  ['Code', 'What happened', 'What to do', 'Retry'],
  Object.values(closeCodes).map((text) => [String(text.code), ...cellsOf(text)]),
)}

## Codes of failed items

\`JobItem.error\` and the events of a job contain them. After a \`TRANSIENT\` error the worker retries the item with back-off, and the item fails after its last attempt. A
\`PERMANENT\` error fails the item at once. \`retryJob\` submits failed items again.

${kindTable(itemErrors)}

## Codes of failed webhook messages

After a \`TRANSIENT\` failure the server sends the message again. A \`PERMANENT\` failure disables the webhook ([webhooks.md](webhooks.md)).

${kindTable(failureCodes)}
`;
}

function kindTable(
  texts: Readonly<
    Record<string, { readonly kind: string; readonly happened: string; readonly action: string }>
  >,
): string {
  return tableOf(
    ['Code', 'Kind', 'What happened', 'What to do'],
    Object.entries(texts).map(([name, { kind, happened, action }]) => [
      code(name),
      code(kind),
      happened,
      action,
    ]),
  );
}

/** The types that implement UserError, in the order of their names. */
function typeRows(schema: GraphQLSchema): string[][] {
  const base = schema.getType('UserError');
  if (!isInterfaceType(base)) throw new Error('the schema has no interface UserError');
  const shared = Object.keys(base.getFields());
  const types = [...schema.getPossibleTypes(base)].sort((a, b) => a.name.localeCompare(b.name));
  return types.map((type) => {
    const own = Object.values(type.getFields()).filter((field) => !shared.includes(field.name));
    const fields = own.map((field) => `${code(field.name)}: ${field.description ?? ''}`);
    return [code(type.name), code(codeOf(type.name)), fields.join('<br>'), type.description ?? ''];
  });
}

function codeOf(type: string): string {
  const found = Object.entries(userErrorCodes).find(([name]) => name === type);
  if (found === undefined) throw new Error(`src/errors.ts has no code for ${type}`);
  return found[1];
}
