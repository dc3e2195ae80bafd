import { type ReactNode, useEffect, useState } from 'react';
import { type Client, connect } from 'thetool-client';
import { ClientProvider } from 'thetool-client/react';
import { clearRequests } from './requests.ts';

/** One client for the page and a key; another key closes it and forgets what it has read. */
export function ConsoleClient({ apiKey, children }: { apiKey: string; children: ReactNode }) {
  const [client, setClient] = useState<Client | null>(null);
  useEffect(() => {
    const created = connect('/graphql', { key: apiKey });
    setClient(created);
    return () => {
      clearRequests();
      void created.close();
    };
  }, [apiKey]);
  return client === null ? null : <ClientProvider client={client}>{children}</ClientProvider>;
}
