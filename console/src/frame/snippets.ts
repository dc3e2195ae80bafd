import type { Shown } from '../data/shown.ts';

export const LANGUAGES = ['GraphQL', 'curl', 'TypeScript', 'Python'] as const;
export type Language = (typeof LANGUAGES)[number];

/** The name of the first operation of a document. */
export function nameOf(text: string): string {
  return /\b(?:query|mutation|subscription)\s+(\w+)/.exec(text)?.[1] ?? 'Operation';
}

/** A document with its variables as a program that a reader can run. Pure; `url` is the address of the API. */
export function snippet(language: Language, { text, variables }: Shown, url: string): string {
  const hasVariables = Object.keys((variables ?? {}) as object).length > 0;
  const pretty = JSON.stringify(variables ?? {}, null, 2);
  if (language === 'GraphQL')
    return hasVariables ? `${text}\n\n# Variables\n${pretty.replace(/^/gm, '# ')}` : text;
  if (language === 'curl') {
    const body = JSON.stringify({ query: text.replace(/\s+/g, ' '), ...(hasVariables && { variables }) });
    return [
      `curl -s ${url} \\`,
      '  -H "Authorization: Bearer $THETOOL_KEY" \\',
      "  -H 'Content-Type: application/json' \\",
      `  -d '${body.replaceAll("'", `'\\''`)}'`,
    ].join('\n');
  }
  if (language === 'TypeScript') return typescript(text, pretty, new URL(url));
  return [
    'import json, os, urllib.request',
    '',
    `query = """${text}"""`,
    `variables = json.loads("""${pretty}""")`,
    'request = urllib.request.Request(',
    `    "${url}",`,
    '    json.dumps({"query": query, "variables": variables}).encode(),',
    '    {"Authorization": f"Bearer {os.environ[\'THETOOL_KEY\']}", "Content-Type": "application/json"},',
    ')',
    'print(json.load(urllib.request.urlopen(request)))',
  ].join('\n');
}

/** A program for Node with the client's package. */
function typescript(text: string, variables: string, { href }: URL): string {
  const document = `\`${text.replaceAll('`', '\\`').replace(/^/gm, '  ').trimStart()}\``;
  return [
    "import { connect } from 'thetool-client';",
    '',
    `const client = connect('${href}', { key: process.env.THETOOL_KEY });`,
    `const variables = ${variables};`,
    `const data = await client.request(${document}, variables);`,
    'console.log(data);',
    'await client.close();',
  ].join('\n');
}

/** The address at which GraphiQL opens with a document. */
export function graphiqlLink({ text, variables }: Shown): string {
  return `/graphql?${new URLSearchParams({ query: text, variables: JSON.stringify(variables ?? {}, null, 2) })}`;
}
