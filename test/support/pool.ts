import pg from 'pg';

/** Connections for a test that ends its server: they may outlive it for a moment, and what they report then is nobody's failure. */
export function openPool(connectionString: string): pg.Pool {
  const pool = new pg.Pool({ connectionString });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
