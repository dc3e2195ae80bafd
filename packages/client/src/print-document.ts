/** The tree of a document, as graphql-js parses it. */
export interface DocumentTree {
  readonly kind: string;
  readonly definitions: readonly unknown[];
}

/** A node of the tree. Which properties it has depends on its kind. */
interface TreeNode {
  readonly kind: string;
  readonly name?: TreeNode;
  readonly alias?: TreeNode;
  readonly value?: unknown;
  readonly type?: TreeNode;
  readonly variable?: TreeNode;
  readonly defaultValue?: TreeNode;
  readonly typeCondition?: TreeNode;
  readonly selectionSet?: TreeNode;
  readonly operation?: string;
  readonly definitions?: readonly TreeNode[];
  readonly selections?: readonly TreeNode[];
  readonly variableDefinitions?: readonly TreeNode[];
  readonly arguments?: readonly TreeNode[];
  readonly directives?: readonly TreeNode[];
  readonly values?: readonly TreeNode[];
  readonly fields?: readonly TreeNode[];
}

/**
 * The text of a tree of operations and fragments. That of graphql-js would add half the size of this package to every page. Throws TypeError
 * for a tree with something else, such as types of a schema.
 */
export function printDocument(document: DocumentTree): string {
  return print(document as TreeNode);
}

const listOf = (nodes: readonly TreeNode[] | undefined, separator: string) =>
  (nodes ?? []).map(print).join(separator);
const inside = (open: string, text: string, close: string) => (text === '' ? '' : open + text + close);
const argumentsOf = (node: TreeNode) => inside('(', listOf(node.arguments, ', '), ')');
const directivesOf = (node: TreeNode) => inside(' ', listOf(node.directives, ' '), '');
const setOf = (node: TreeNode) => inside(' ', print(node.selectionSet), '');

function print(node: TreeNode | undefined): string {
  if (node === undefined || node === null) return '';
  switch (node.kind) {
    case 'Document':
      return listOf(node.definitions, '\n');
    case 'OperationDefinition': {
      const variables = inside('(', listOf(node.variableDefinitions, ', '), ')');
      return `${node.operation} ${print(node.name)}${variables}${directivesOf(node)}${setOf(node)}`;
    }
    case 'FragmentDefinition':
      return `fragment ${print(node.name)} on ${print(node.typeCondition)}${directivesOf(node)}${setOf(node)}`;
    case 'VariableDefinition': {
      const byDefault = inside(' = ', print(node.defaultValue), '');
      return `${print(node.variable)}: ${print(node.type)}${byDefault}${directivesOf(node)}`;
    }
    case 'SelectionSet':
      return `{ ${listOf(node.selections, ' ')} }`;
    case 'Field': {
      const alias = inside('', print(node.alias), ': ');
      return `${alias}${print(node.name)}${argumentsOf(node)}${directivesOf(node)}${setOf(node)}`;
    }
    case 'FragmentSpread':
      return `...${print(node.name)}${directivesOf(node)}`;
    case 'InlineFragment':
      return `...${inside(' on ', print(node.typeCondition), '')}${directivesOf(node)}${setOf(node)}`;
    case 'Directive':
      return `@${print(node.name)}${argumentsOf(node)}`;
    case 'Argument':
    case 'ObjectField':
      return `${print(node.name)}: ${print(node.value as TreeNode)}`;
    case 'NonNullType':
      return `${print(node.type)}!`;
    case 'ListType':
      return `[${print(node.type)}]`;
    case 'NamedType':
      return print(node.name);
    case 'Variable':
      return `$${print(node.name)}`;
    case 'Name':
    case 'IntValue':
    case 'FloatValue':
    case 'EnumValue':
    case 'BooleanValue':
      return String(node.value);
    case 'StringValue':
      return JSON.stringify(node.value);
    case 'NullValue':
      return 'null';
    case 'ListValue':
      return `[${listOf(node.values, ', ')}]`;
    case 'ObjectValue':
      return `{ ${listOf(node.fields, ', ')} }`;
    default:
      throw new TypeError(`A document cannot contain ${node.kind}.`);
  }
}
