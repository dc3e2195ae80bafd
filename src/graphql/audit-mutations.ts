import type { GraphQLFieldResolver } from 'graphql';
import { inAction, type NoteRefusal, type Target } from '../action.ts';
import type { UserError } from '../errors.ts';
import { parseUuid } from '../uuid.ts';
import type { Context } from './context.ts';
import { codeOf } from './mask-error.ts';

declare module './context.ts' {
  interface Context {
    readonly noteRefusal: NoteRefusal;
  }
}

/**
 * The resolver of a field of Mutation, as an action of its name: the change that it makes is recorded in its own transaction, and what it refuses
 * is counted.
 */
export function auditMutation(
  name: string,
  resolve: GraphQLFieldResolver<unknown, Context>,
): GraphQLFieldResolver<unknown, Context> {
  return async (root, args, context, info) => {
    const action = actionOf(context, name);
    const refused = (code: string) => context.noteRefusal({ ...action, code, target: targetIn(args.input) });
    try {
      const answer: unknown = await inAction(action, async () => resolve(root, args, context, info));
      if (isRefusal(answer)) refused(answer.code);
      return answer;
    } catch (error) {
      refused(codeOf(error));
      throw error;
    }
  };
}

/** An action by whoever asks. */
export function actionOf({ access, requestId, address }: Context, name: string) {
  const { workspaceId, keyId, subject } = access;
  return { workspaceId, keyId, subject, name, correlationId: requestId, address };
}

/** A refusal that the result type names is an answer. It comes as a proxy of the error, which is an instance of nothing. */
function isRefusal(answer: unknown): answer is Pick<UserError, 'code' | 'stack'> {
  return typeof answer === 'object' && answer !== null && 'stack' in answer && 'code' in answer;
}

/** What a refused mutation was to act on, as far as its input says so. Arguments are as they were sent: global ids are not decoded yet. */
function targetIn(input: { readonly id?: unknown; readonly keyId?: unknown } | undefined): Target | null {
  const { id, keyId } = input ?? {};
  if (typeof keyId === 'string' && /^[0-9A-Za-z]{8}$/.test(keyId)) return { type: 'ApiKey', ids: [keyId] };
  if (typeof id !== 'string') return null;
  const [type = '', key = ''] = Buffer.from(id, 'base64').toString().split(':');
  const uuid = parseUuid(key);
  return /^\w{1,40}$/.test(type) && uuid !== null ? { type, ids: [uuid] } : null;
}
