import { describeSettings } from '../../config.ts';
import { code, tableOf } from './table.ts';

/** A block of `.env.example`: a comment and the settings that it describes. */
interface Block {
  readonly section: string;
  readonly text: string;
  readonly names: readonly string[];
}

type Property = ReturnType<typeof describeSettings>[string];

/** docs/settings.md: names, defaults and ranges from `src/config.ts`, meanings from the comments of `.env.example`. */
export function settingsPage(example: string): string {
  const properties = describeSettings();
  const blocks = blocksOf(example);
  const sections = [...new Set(blocks.map(({ section }) => section))];
  const rowOf = ({ names, text }: Block) => [
    names.map(code).join('<br>'),
    names.map((name) => defaultOf(properties[name])).join('<br>'),
    names.map((name) => valuesOf(properties[name])).join('<br>'),
    text.replaceAll('<', '&lt;'),
  ];
  const tables = sections.map((section) => {
    const rows = blocks.filter((block) => block.section === section).map(rowOf);
    return `## ${section}\n\n${tableOf(['Setting', 'Default', 'Values', 'Meaning'], rows)}`;
  });
  return `# Settings

<!-- Written by \`npm run reference\` from src/config.ts and .env.example. Do not edit. -->

Settings are environment variables. \`npm start\`, \`npm run api\`, \`worker\`, \`migrate\`, \`keys\`, \`members\` and \`instruments\` also read the file \`.env\` in the working
directory; copy \`.env.example\` to begin one. An environment variable takes precedence over the file. An empty value means the default. A process with an invalid
setting does not start and reports all invalid settings together.

${tables.join('\n\n')}
`;
}

/** A section begins with \`##\`, a comment with \`#\` and a space, a setting with its name. */
function blocksOf(example: string): Block[] {
  const blocks: Block[] = [];
  let section = '';
  let text: string[] = [];
  let names: string[] = [];
  const finish = () => {
    if (names.length === 0) return;
    blocks.push({ section, text: text.join(' '), names });
    text = [];
    names = [];
  };
  for (const line of example.split('\n')) {
    const name = /^#?([A-Z_]+)=/.exec(line)?.[1];
    if (name !== undefined) names.push(name);
    else {
      finish();
      if (line.startsWith('## ')) section = line.slice(3);
      else if (line.startsWith('# ')) text.push(line.slice(2));
      else text = [];
    }
  }
  finish();
  return blocks;
}

function defaultOf(property: Property | undefined): string {
  const value = typeof property === 'object' ? property.default : undefined;
  return value === undefined || value === '' ? 'unset' : code(String(value));
}

function valuesOf(property: Property | undefined): string {
  if (typeof property !== 'object') return '';
  if (property.description !== undefined) return property.description;
  if (property.enum !== undefined) return property.enum.map((value) => code(String(value))).join(' ');
  const { minimum, maximum, maxLength } = property;
  if (minimum !== undefined && maximum !== undefined)
    return `${minimum.toLocaleString('en-US')} to ${maximum.toLocaleString('en-US')}`;
  return maxLength === undefined ? 'text' : `text of at most ${maxLength} characters`;
}
