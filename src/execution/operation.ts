import type { DocumentNode, GraphQLSchema } from 'graphql';
import type { BoundPlan } from './plan-operation.ts';

export type Variables = Readonly<Record<string, unknown>>;

/** An operation of a valid document, as executions need it. */
export interface ExecutableOperation {
  readonly facts: {
    readonly schema: GraphQLSchema;
    readonly document: DocumentNode;
    /** The text of the document: operations of equal text and name are equal. */
    readonly text: string;
  };
  readonly name: string | null;
  /**
   * An execution plan for the variables. Null: graphql-js has to execute the operation, because no plan fits it or, unless `atOnce`, because it is
   * used for the first time.
   */
  planFor(variables: Variables, atOnce?: boolean): BoundPlan | null;
  /** The variable that holds the cursor in this argument of the only root field, when the variable is used for nothing else. */
  cursorVariable(argument: string): string | null;
}
