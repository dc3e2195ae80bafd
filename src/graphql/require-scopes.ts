import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  isObjectType,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { Access, Scope } from '../access/access.ts';

/** What a field asks for; ANY: whoever is let in may have it. */
export type Requirement = Scope | 'ANY';

export interface ScopeRules {
  /** Every field of the root types by its name: `Query.jobs`. */
  readonly fields: Readonly<Record<string, Requirement>>;
  /** Types whose fields ask for a scope wherever they are reached, for example through `node`. */
  readonly types: Readonly<Record<string, Scope>>;
}

export interface ScopeGuard {
  /** Why this access may not run the operation, or null. */
  refuse(
    document: DocumentNode,
    operationName: string | null | undefined,
    access: Access,
  ): GraphQLError | null;
}

/**
 * Operations are judged by what they select, before anything of them runs: what is asked for does not depend on what is found, so the answer
 * tells nothing about rows. Throws when a root field has no rule, or a rule no field.
 */
export function createScopeGuard(schema: GraphQLSchema, rules: ScopeRules): ScopeGuard {
  requireCompleteness(schema, rules);
  const known = new WeakMap<DocumentNode, Map<string, ReadonlySet<Scope>>>();

  function scopesOf(document: DocumentNode, name: string): ReadonlySet<Scope> {
    const answers = known.get(document) ?? new Map<string, ReadonlySet<Scope>>();
    known.set(document, answers);
    const answer = answers.get(name) ?? findScopes(schema, rules, document, name);
    answers.set(name, answer);
    return answer;
  }

  return {
    refuse(document, operationName, { scopes }) {
      const missing = [...scopesOf(document, operationName ?? '')].filter((scope) => !scopes.has(scope));
      if (missing.length === 0) return null;
      return new GraphQLError(`This operation needs the scope ${missing.sort().join(' and ')}.`, {
        extensions: { code: 'FORBIDDEN', http: { status: 403 } },
      });
    },
  };
}

/** Fragments that the operation does not use are counted too: nobody sends them. */
function findScopes(schema: GraphQLSchema, rules: ScopeRules, document: DocumentNode, name: string) {
  const operation = getOperationAST(document, name === '' ? null : name);
  const found = new Set<Scope>();
  const info = new TypeInfo(schema);
  const roots = new Set([schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]);
  visit(
    document,
    visitWithTypeInfo(info, {
      OperationDefinition: (node) => (node === operation ? undefined : false),
      Field(node) {
        const parent = info.getParentType();
        if (parent == null || node.name.value.startsWith('__')) return;
        const scope = roots.has(parent as never)
          ? rules.fields[`${parent.name}.${node.name.value}`]
          : rules.types[parent.name];
        if (scope !== undefined && scope !== 'ANY') found.add(scope);
      },
    }),
  );
  return found;
}

function requireCompleteness(schema: GraphQLSchema, rules: ScopeRules): void {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const fields = roots.flatMap((type) =>
    Object.keys(type?.getFields() ?? {}).map((field) => `${type?.name}.${field}`),
  );
  const types = Object.values(schema.getTypeMap()).filter(isObjectType);
  const faults = [
    ...fields.filter((field) => rules.fields[field] === undefined).map((field) => `${field} has no rule`),
    ...Object.keys(rules.fields)
      .filter((field) => !fields.includes(field))
      .map((field) => `there is no field ${field}`),
    ...Object.keys(rules.types)
      .filter((name) => !types.some((type) => type.name === name))
      .map((name) => `there is no type ${name}`),
  ];
  if (faults.length > 0) throw new Error(`The scopes of the API are not complete: ${faults.join('; ')}.`);
}
