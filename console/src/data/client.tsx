import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { type Client, connect } from 'thetool-client';
import { followConnection, setConnection } from './connection.ts';
import { clearRequests } from './requests.ts';

const ClientContext = createContext<Client | null>(null);

/** The client of the page. Throws outside of `ClientProvider`. */
export function useClient(): Client {
  const client = useContext(ClientContext);
  if (client === null) throw new Error('ClientProvider is missing');
  return client;
}

/** One client for the page and a key; another key closes it and forgets what it has read. */
export function ClientProvider({ apiKey, children }: { apiKey: string; children: ReactNode }) {
  const [client, setClient] = useState<Client | null>(null);
  useEffect(() => {
    const created = connect('/graphql', {
      key: apiKey,
      onRetry: ({ delayMs }) => setConnection('RETRYING', { nextAt: Date.now() + delayMs }),
    });
    followConnection(created);
    setClient(created);
    return () => {
      clearRequests();
      void created.close();
    };
  }, [apiKey]);
  return client === null ? null : <ClientContext value={client}>{children}</ClientContext>;
}
