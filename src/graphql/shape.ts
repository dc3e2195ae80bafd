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

const shapes = new WeakMap<DocumentNode, Shape>();

/** Linear in the document: every fragment is measured once, so fragments that double each other cost a multiplication. */
export function shapeOf(document: DocumentNode): Shape {
  const known = shapes.get(document);
  if (known !== undefined) return known;
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
  const shape = { ...size, ...countsOf(document) };
  shapes.set(document, shape);
  return shape;
}

function beside(a: Size, b: Size): Size {
  return {
    depth: Math.max(a.depth, b.depth),
    breadth: a.breadth + b.breadth,
    introspectionDepth: Math.max(a.introspectionDepth, b.introspectionDepth),
    introspectionBreadth: a.introspectionBreadth + b.introspectionBreadth,
  };
}

function larger(a: Size, b: Size): Size {
  return {
    depth: Math.max(a.depth, b.depth),
    breadth: Math.max(a.breadth, b.breadth),
    introspectionDepth: Math.max(a.introspectionDepth, b.introspectionDepth),
    introspectionBreadth: Math.max(a.introspectionBreadth, b.introspectionBreadth),
  };
}

function under(inner: Size): Size {
  return { ...inner, depth: inner.depth + 1, breadth: inner.breadth + 1 };
}

function apart(inner: Size): Size {
  return {
    depth: 1,
    breadth: 1,
    introspectionDepth: inner.depth + 1,
    introspectionBreadth: inner.breadth + 1,
  };
}

function countsOf(document: DocumentNode): Pick<Shape, 'aliases' | 'directives' | 'comments'> {
  let aliases = 0;
  let directives = 0;
  let comments = 0;
  visit(document, {
    Field: ({ alias }) => {
      if (alias !== undefined) aliases += 1;
    },
    Directive: () => {
      directives += 1;
    },
  });
  for (let token = document.loc?.startToken; token != null; token = token.next ?? undefined)
    if (token.kind === TokenKind.COMMENT) comments += 1;
  return { aliases, directives, comments };
}
