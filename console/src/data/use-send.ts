import { useCallback, useState } from 'react';
import { useClient } from 'thetool-client/react';
import type { TypedDocumentString } from '../generated/graphql.ts';
import { type Failure, failureOf } from './failure.ts';
import { sendDocument } from './send-document.ts';

export interface Sender {
  /** Sends a document once. Returns null when it failed; `failure` says why. */
  send<Result, Variables>(
    document: TypedDocumentString<Result, Variables>,
    variables: Variables,
  ): Promise<Result | null>;
  readonly busy: boolean;
  readonly failure: Failure | null;
  readonly setFailure: (failure: Failure | null) => void;
}

/** For mutations, and for reads that an action needs. */
export function useSend(): Sender {
  const client = useClient();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const send = useCallback<Sender['send']>(
    async (document, variables) => {
      setBusy(true);
      setFailure(null);
      try {
        return await sendDocument(client, document, variables);
      } catch (error) {
        setFailure(failureOf(error));
        return null;
      } finally {
        setBusy(false);
      }
    },
    [client],
  );
  return { send, busy, failure, setFailure };
}
