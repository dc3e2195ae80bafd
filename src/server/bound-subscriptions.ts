import { GraphQLError } from 'graphql';
import { createQuota } from '../rates/quota.ts';
import { tooMuch } from './rejections.ts';

export interface SubscriptionLimits {
  readonly perWorkspace: number;
  readonly perNode: number;
}

/** The open subscriptions of a node, on all transports: each costs memory, and time for every message. */
export interface Subscriptions {
  /** Why there is no room for one more of the workspace; null: there is. */
  refuse(workspaceId: string): GraphQLError | null;
  /** Counts one more; returns how to stop counting it, or why there is no room for it, as a message of the subscription says it. */
  take(workspaceId: string): (() => void) | GraphQLError;
}

const NODE = 'node';

export function createSubscriptions({ perWorkspace, perNode }: SubscriptionLimits): Subscriptions {
  const ofWorkspaces = createQuota(perWorkspace);
  const ofNode = createQuota(perNode);

  function refuse(workspaceId: string): GraphQLError | null {
    if (ofWorkspaces.isFull(workspaceId))
      return tooMuch(
        `A workspace holds at most ${perWorkspace} subscriptions at a time on one API node; end one, or try again later.`,
        10,
      );
    if (ofNode.isFull(NODE))
      return tooMuch('This API node holds too many subscriptions; try again later.', 10);
    return null;
  }

  return {
    refuse,
    take(workspaceId) {
      const refusal = refuse(workspaceId);
      if (refusal !== null) {
        // It has begun: there are no status and headers any more.
        const { http: _, ...extensions } = refusal.extensions;
        return new GraphQLError(refusal.message, { extensions });
      }
      const leave = [ofWorkspaces.take(workspaceId), ofNode.take(NODE)];
      return () => {
        for (const stop of leave) stop?.();
      };
    },
  };
}
