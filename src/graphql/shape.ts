import {
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  type SelectionSetNode,
  TokenKind,
  visit,
} from 'graphql';

/** What a document looks like without a schema: enough to refuse it before it is validated. */
export interface Shape {
  /** Fields within fields, fragments followed; of `__schema` and `__type` see `introspectionDepth`. */
  readonly depth: number;
  /** Fields of an operation, each as often as a fragment brings it. */
  readonly breadth: number;
  readonly operations: number;
  readonly aliases: number;
  readonly directives: number;
  readonly comments: number;
  /** 0: the document asks nothing about the schema but `__typename`. */
  readonly introspectionDepth: number;
  readonly introspectionBreadth: number;
}

interface Size {
  readonly depth: number;
  readonly breadth: number;
  readonly introspectionDepth: number;
  readonly introspectionBreadth: number;
}

const NONE: Size = { depth: 0, breadth: 0, introspectionDepth: 0, introspectionBreadth: 0 };

/** Linear in the document: every fragment is measured once, so fragments that double each other cost a multiplication. */
export function shapeOf(document: DocumentNode): Shape {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions)
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  const measured = new Map<string, Size>();

  function sizeOfFragment(name: string): Size {
    const size = measured.get(name);
    if (size !== undefined) return size;
    // A fragment that spreads itself is refused when the document is validated; here it ends.
    measured.set(name, NONE);
    const fragment = fragments.get(name);
    const found = fragment === undefined ? NONE : sizeOf(fragment.selectionSet);
    measured.set(name, found);
    return found;
  }

  function sizeOf({ selections }: SelectionSetNode): Size {
    let sum = NONE;
    for (const selection of selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) sum = beside(sum, sizeOfFragment(selection.name.value));
      else if (selection.kind === Kind.INLINE_FRAGMENT) sum = beside(sum, sizeOf(selection.selectionSet));
      else {
        const { name, selectionSet } = selection;
        const inner = selectionSet === undefined ? NONE : sizeOf(selectionSet);
        sum = beside(sum, name.value === '__schema' || name.value === '__type' ? apart(inner) : under(inner));
      }
    }
    return sum;
  }

  let size = NONE;
  for (const node of document.definitions)
    if (node.kind === Kind.OPERATION_DEFINITION) size = larger(size, sizeOf(node.selectionSet));
  // Those that nothing spreads are validated, too, before they are refused.
  for (const name of fragments.keys()) if (!measured.has(name)) size = larger(size, sizeOfFragment(name));
  return { ...size, ...countsOf(document) };
}

/** Of two parts: the greater depth, and both breadths together or the greater one. */
function combine(a: Size, b: Size, breadthOf: (a: number, b: number) => number): Size {
  return {
    depth: Math.max(a.depth, b.depth),
    breadth: breadthOf(a.breadth, b.breadth),
    introspectionDepth: Math.max(a.introspectionDepth, b.introspectionDepth),
    introspectionBreadth: breadthOf(a.introspectionBreadth, b.introspectionBreadth),
  };
}

const beside = (a: Size, b: Size) => combine(a, b, (one, other) => one + other);
const larger = (a: Size, b: Size) => combine(a, b, Math.max);
const under = (inner: Size): Size => ({ ...inner, depth: inner.depth + 1, breadth: inner.breadth + 1 });

function apart(inner: Size): Size {
  const [introspectionDepth, introspectionBreadth] = [inner.depth + 1, inner.breadth + 1];
  return { depth: 1, breadth: 1, introspectionDepth, introspectionBreadth };
}

function countsOf(document: DocumentNode): Pick<Shape, 'operations' | 'aliases' | 'directives' | 'comments'> {
  let operations = 0;
  let aliases = 0;
  let directives = 0;
  let comments = 0;
  visit(document, {
    OperationDefinition: () => {
      operations += 1;
    },
    Field: ({ alias }) => {
      if (alias !== undefined) aliases += 1;
    },
    Directive: () => {
      directives += 1;
    },
  });
  for (let token = document.loc?.startToken; token != null; token = token.next ?? undefined)
    if (token.kind === TokenKind.COMMENT) comments += 1;
  return { operations, aliases, directives, comments };
}
