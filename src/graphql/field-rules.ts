import SchemaBuilder, {
  BasePlugin,
  type FieldNullability,
  type InputFieldMap,
  type InterfaceParam,
  type PothosOutputFieldConfig,
  type PothosTypeConfig,
  type SchemaTypes,
  type TypeParam,
} from '@pothos/core';
import type { FieldComplexity, FieldComplexityValue } from '@pothos/plugin-complexity';
import type { GraphQLFieldResolver, GraphQLSchema } from 'graphql';
import { auditMutation } from './audit-mutations.ts';
import type { Context } from './context.ts';
import { collectColumns } from './field-columns.ts';
import { completeScopes, type Requirement } from './scopes.ts';

declare global {
  export namespace PothosSchemaTypes {
    interface Plugins<Types extends SchemaTypes> {
      fieldRules: FieldRules<Types>;
    }
    interface ObjectTypeOptions<Types extends SchemaTypes = SchemaTypes, Shape = unknown> {
      /** The schema is not built without one. Connections and edges have that of their entries; the types of plugins keep this optional. */
      scope?: Requirement;
      /** Set for a type whose objects are rows of which only some columns are read: the columns that every read contains. Each field then declares its columns. */
      always?: readonly Extract<keyof Shape, string>[];
    }
    interface ObjectFieldOptions<
      Types extends SchemaTypes,
      ParentShape,
      Type extends TypeParam<Types>,
      Nullable extends FieldNullability<Type>,
      Args extends InputFieldMap,
      ResolveReturnShape,
    > {
      /** Columns that the resolver reads of a row, without the ones that are read always. Required where the type has `always`; the schema is not built without it. */
      columns?: readonly Extract<keyof ParentShape, string>[];
    }
    interface InterfaceTypeOptions<
      Types extends SchemaTypes = SchemaTypes,
      Shape = unknown,
      Interfaces extends InterfaceParam<Types>[] = InterfaceParam<Types>[],
      ResolveType = unknown,
    > {
      scope: Requirement;
    }
    interface QueryFieldOptions<
      Types extends SchemaTypes,
      Type extends TypeParam<Types>,
      Nullable extends FieldNullability<Type>,
      Args extends InputFieldMap,
      ResolveReturnShape,
    > {
      scope: Requirement;
    }
    interface MutationFieldOptions<
      Types extends SchemaTypes,
      Type extends TypeParam<Types>,
      Nullable extends FieldNullability<Type>,
      Args extends InputFieldMap,
      ResolveReturnShape,
    > {
      scope: Requirement;
    }
    interface SubscriptionFieldOptions<
      Types extends SchemaTypes,
      Type extends TypeParam<Types>,
      Nullable extends FieldNullability<Type>,
      Args extends InputFieldMap,
      ResolveShape,
      ResolveReturnShape,
    > {
      scope: Requirement;
    }
  }
}

/** What holds for every field of the schema: it declares its scope, its cost is bounded, a mutation is an action of the audit log, and a field of a stored row declares its columns. */
class FieldRules<Types extends SchemaTypes> extends BasePlugin<Types> {
  override onTypeConfig(config: PothosTypeConfig): PothosTypeConfig {
    if (config.kind !== 'Object' && config.kind !== 'Interface') return config;
    const { scope, always } = config.pothosOptions as {
      readonly scope?: Requirement;
      readonly always?: readonly string[];
    };
    return { ...config, extensions: { ...config.extensions, scope, always } };
  }

  override onOutputFieldConfig(config: PothosOutputFieldConfig<Types>): PothosOutputFieldConfig<Types> {
    // A field of an object that needs more than its type says it in its extensions.
    const { scope = config.extensions?.scope } = config.pothosOptions as { readonly scope?: Requirement };
    const { columns } = config.pothosOptions as { readonly columns?: readonly string[] };
    const complexity = boundCost(
      config.extensions?.complexity as FieldComplexity<object, object> | undefined,
    );
    return { ...config, extensions: { ...config.extensions, scope, complexity, columns } };
  }

  /** Around everything that other plugins do with a field. */
  override wrapArgMappers(
    resolve: GraphQLFieldResolver<unknown, Types['Context'], object> | undefined,
    { kind, name }: PothosOutputFieldConfig<Types>,
  ) {
    if (kind !== 'Mutation' || resolve === undefined) return resolve;
    return auditMutation(name, resolve as GraphQLFieldResolver<unknown, Context>) as typeof resolve;
  }

  override afterBuild(schema: GraphQLSchema): GraphQLSchema {
    collectColumns(schema);
    return completeScopes(schema);
  }
}

/**
 * Bounds what a field may cost, whatever its arguments are: at least a point for itself, and never less than nothing for what is selected in it. So
 * no argument makes a part of an operation pay for another part, and another field never makes an operation cheaper. Costs are computed from
 * arguments before these are checked: only this keeps `last: -2147483648` from being a price.
 */
function boundCost(cost: FieldComplexity<object, object> | undefined) {
  if (typeof cost !== 'function') return cost === undefined ? undefined : bounded(cost);
  return (...given: Parameters<typeof cost>) => bounded(cost(...given));
}

/** What is no number is dearer than any operation may be. */
const atLeast = (least: number, value: number) =>
  Number.isNaN(value) ? Number.MAX_SAFE_INTEGER : Math.max(least, value);

function bounded(cost: FieldComplexityValue): FieldComplexityValue {
  if (typeof cost === 'number') return atLeast(1, cost);
  return {
    ...cost,
    ...(cost.field !== undefined && { field: atLeast(1, cost.field) }),
    ...(cost.multiplier !== undefined && { multiplier: atLeast(0, cost.multiplier) }),
  };
}

/** The name of the plugin. It stands first in the list: what it adds lies around what the others do. */
export const fieldRules = 'fieldRules';
SchemaBuilder.registerPlugin(fieldRules, FieldRules);
