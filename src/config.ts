import { resolve } from 'node:path';
import { z } from 'zod';
import { isNetwork, type ProxyRules } from './client-address.ts';
import { StartupError } from './startup.ts';

/** A whole number in a range, the bounds included. */
function count(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.coerce.number({ error }).int({ error }).min(min, { error }).max(max, { error });
}

/** Printable characters without a space. */
function word(min: number, max: number) {
  const range = `one word of ${min} to ${max} characters`;
  const pattern = new RegExp(`^[\\x21-\\x7e]{${min},${max}}$`);
  return z.string().regex(pattern, `must be ${range}`).describe(range);
}

/** Values with commas between them; white space around a value does not count. */
function list() {
  const valuesIn = (text: string) => [...text.matchAll(/[^,\s](?:[^,]*[^,\s])?/g)].map(([value]) => value);
  return z.string().default('').transform(valuesIn);
}

/** Keys that are fetched over plain HTTP could be anybody's. */
function isSafeAddress(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.username !== '' || url.password !== '') return false;
  const isOwn = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url.hostname);
  return url.protocol === 'https:' || (url.protocol === 'http:' && isOwn);
}

/** Every setting with its default; `.env.example` lists the same names. */
const settings = z.object({
  DATABASE_URL: z
    .string()
    .refine((text) => URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol), {
      message: 'must look like postgres://user:password@host:5432/database',
    })
    .describe('`postgres://user:password@host:5432/database`')
    .optional(),
  DATA_DIR: z.string().default('.data'),
  HOST: z.string().default('127.0.0.1'),
  PORT: count(0, 65_535).default(4_000),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  CSV_DIR: z.string().optional(),
  YAHOO: z.enum(['on', 'off']).default('off'),
  TIINGO_KEY: word(8, 200).optional(),
  BOOTSTRAP_KEY: z
    .string()
    .regex(
      /^tt_live_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}$/,
      'must be a key as `npm run keys -- generate` prints it',
    )
    .describe('a key as `npm run keys -- generate` prints it')
    .optional(),
  JWT_ISSUER: z.string().max(255, 'has at most 255 characters').optional(),
  JWT_AUDIENCE: z.string().optional(),
  JWKS_URL: z
    .string()
    .refine(isSafeAddress, { message: 'must be an https address without a user (http of this machine only)' })
    .describe('an https URL without a user')
    .optional(),
  JWT_WORKSPACE_CLAIM: z.string().default('workspace'),
  JWT_MAX_MINUTES: count(1, 1_440).default(15),
  JWT_KEY_DAYS: count(0, 3_650).default(0),
  CONSOLE: z.enum(['on', 'off']).default('on'),
  GRAPHIQL: z.enum(['auto', 'on', 'off']).default('auto'),
  DEFAULT_SOURCE: z.string().describe('the id of an enabled source').optional(),
  DATABASE_POOL_SIZE: count(3, 200).default(10),
  WORKER_CAPACITY: count(1, 1_000).default(16),
  WORKER_LEASE_MS: count(2_000, 600_000).default(10_000),
  WORKER_HEARTBEAT_MS: count(100, 60_000).default(3_000),
  WORKER_POLL_MS: count(100, 60_000).default(2_000),
  WORKER_ITEM_TIMEOUT_MS: count(1_000, 3_600_000).default(300_000),
  WORKER_HEALTH_PORT: count(0, 65_535).optional(),
  OPERATOR_PORT: count(0, 65_535).optional(),
  OPERATOR_KEY: word(16, 200).optional(),
  RETENTION_EVENT_DAYS: count(0, 36_500).default(30),
  RETENTION_JOB_DAYS: count(0, 36_500).default(90),
  RETENTION_KEY_DAYS: count(0, 36_500).default(7),
  AUDIT_RETENTION_DAYS: count(0, 36_500).default(365),
  WEBHOOK_PORTS: z
    .string()
    .regex(/^\d{1,5}(,\d{1,5})*$/, 'must be port numbers with commas between them')
    .describe('port numbers, separated by commas')
    .default('443,8443'),
  WEBHOOK_LOOPBACK: z.enum(['on', 'off']).default('off'),
  WEBHOOK_DISABLE_DAYS: count(1, 365).default(5),
  SOCKETS_PER_ADDRESS: count(1, 1_000_000).default(1_000),
  STREAMS_PER_KEY: count(1, 1_000_000).default(1_000),
  SUBSCRIPTIONS_PER_WORKSPACE: count(1, 1_000_000).default(5_000),
  SUBSCRIPTIONS_PER_NODE: count(1, 1_000_000).default(50_000),
  SOCKET_OPERATIONS: count(1, 10_000).default(100),
  SOCKET_MESSAGE_LIMIT: count(1, 1_000_000).default(100),
  SOCKET_KEEP_ALIVE_MS: count(100, 600_000).default(12_000),
  SOCKET_STALL_MS: count(100, 600_000).default(8_000),
  RESPONSE_STALL_MS: count(100, 600_000).default(30_000),
  RESPONSE_MEMORY_MB: count(8, 100_000).default(128),
  RATE_LIMIT: z.coerce
    .number()
    .int()
    .refine((limit) => limit === 0 || (limit >= 5_000 && limit <= 2_000_000_000), {
      message: 'must be 0 (no limit) or between 5000 and 2000000000',
    })
    .describe('0, or 5,000 to 2,000,000,000')
    .default(60_000_000),
  EXECUTION_TIMEOUT_MS: count(100, 600_000).default(10_000),
  QUOTA_QUEUED_ITEMS: count(1, 10_000_000).default(1_000_000),
  QUOTA_KEYS: count(1, 100_000).default(1_000),
  QUOTA_WATCHLISTS: count(1, 100).default(100),
  QUOTA_WATCHLIST_ITEMS: count(1, 1_000).default(1_000),
  QUOTA_WEBHOOKS: count(1, 20).default(20),
  QUOTA_STORED_RESPONSES: count(1, 10_000_000).default(1_000_000),
  QUOTA_OWN_SERIES: count(1, 100_000).default(5_000),
  QUOTA_OWN_BARS: count(1, 1_000_000_000).default(10_000_000),
  INTROSPECTION: z.enum(['auto', 'on', 'off']).default('auto'),
  PERSISTED_OPERATIONS: z.string().optional(),
  PERSISTED_ONLY: z.enum(['on', 'off']).default('off'),
  ALLOWED_ORIGINS: list()
    .refine(
      (origins) => origins.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin),
      {
        message: 'must be origins such as https://app.example, separated by commas',
      },
    )
    .describe('origins such as `https://app.example`, separated by commas'),
  TRUSTED_PROXIES: list()
    .refine((networks) => networks.every(isNetwork), {
      message: 'must be addresses or networks such as 10.0.0.0/8, separated by commas',
    })
    .describe('addresses or networks such as `10.0.0.0/8`, separated by commas'),
  TRUSTED_PROXY_HEADER: z.enum(['x-forwarded-for', 'forwarded']).default('x-forwarded-for'),
  SHUTDOWN_DRAIN_MS: count(0, 60_000).default(10_000),
});

export type SettingName = keyof z.infer<typeof settings>;
export const settingNames = Object.keys(settings.shape) as SettingName[];

/** Default, range and values of every setting as JSON Schema, for docs/settings.md. `description` states a range that JSON Schema cannot. */
export function describeSettings() {
  return z.toJSONSchema(settings, { io: 'input', unrepresentable: 'any' }).properties ?? {};
}

export interface Config {
  /** Null: the embedded PostgreSQL. */
  readonly databaseUrl: string | null;
  readonly dataDir: string;
  readonly host: string;
  readonly port: number;
  readonly logLevel: string;
  readonly csvDir: string | null;
  readonly yahoo: boolean;
  /** A secret: never logged. */
  readonly tiingoKey: string | null;
  /** A secret: a key with all scopes in the default workspace that is in no table. */
  readonly bootstrapKey: string | null;
  /** Who may see `/metrics` and the details of `/readyz` of an API node. */
  readonly operator: {
    /** A port for these pages alone; null: none. */
    readonly port: number | null;
    /** A secret: the bearer token that opens them on the port of the API; null: none. */
    readonly key: string | null;
  };
  /** Whose tokens (JWT) are taken; null: none. */
  readonly tokens: {
    readonly issuer: string;
    readonly audience: string;
    readonly jwksUrl: string;
    readonly workspaceClaim: string;
    readonly maxLifetimeS: number;
    readonly keyDays: number;
  } | null;
  /** Whether the console is served at `/`. */
  readonly console: 'on' | 'off';
  /** `auto`: with the development key only. */
  readonly graphiql: 'auto' | 'on' | 'off';
  /** Source of jobs that name none, as it was set (`chooseDefaultSource` checks it); null: not set. */
  readonly defaultSource: string | null;
  readonly databasePoolSize: number;
  readonly worker: {
    readonly capacity: number;
    readonly leaseMs: number;
    readonly heartbeatMs: number;
    readonly pollMs: number;
    /** How long one attempt of an item may run, in ms. */
    readonly itemTimeoutMs: number;
    /** Null: a worker serves no health pages. */
    readonly healthPort: number | null;
  };
  /** Days after its end that a job, and before that its events, are kept, and days that the answers under idempotency keys and the audit log are; 0 for ever. */
  readonly retention: {
    readonly eventDays: number;
    readonly jobDays: number;
    readonly keyDays: number;
    readonly auditDays: number;
  };
  readonly webhooks: {
    readonly ports: readonly number[];
    /** For development: plain HTTP and any port of this machine. */
    readonly loopback: boolean;
    /** A webhook that has failed for so long is disabled. */
    readonly disableAfterDays: number;
  };
  readonly sockets: {
    readonly perAddress: number;
    readonly streamsPerKey: number;
    readonly operations: number;
    readonly messagesPer10s: number;
    readonly keepAliveMs: number;
    readonly stallMs: number;
  };
  /** Open subscriptions of a node, on all transports. */
  readonly subscriptions: { readonly perWorkspace: number; readonly perNode: number };
  /** Of responses over HTTP; bytes that their clients have not taken. */
  readonly responses: {
    readonly stallMs: number;
    readonly nodeBytes: number;
    readonly workspaceBytes: number;
    readonly connectionBytes: number;
  };
  /** Points per minute and key; 0: no limit. */
  readonly rateLimit: number;
  readonly executionTimeoutMs: number;
  /** Of each workspace. */
  readonly quotas: {
    readonly queuedItems: number;
    readonly keys: number;
    readonly watchlists: number;
    readonly watchlistItems: number;
    readonly webhooks: number;
    readonly storedResponses: number;
    readonly ownSeries: number;
    readonly ownBars: number;
  };
  /** Who may ask for the schema; `auto`: where GraphiQL is shown whoever is let in, elsewhere the scope `admin`. */
  readonly introspection: 'auto' | 'on' | 'off';
  readonly persisted: {
    /** Path of the manifest; null: there are no persisted operations. */
    readonly manifest: string | null;
    readonly only: boolean;
  };
  /** Foreign pages that may use the API from a browser. */
  readonly allowedOrigins: readonly string[];
  /** Reverse proxies whose header names the client. */
  readonly proxies: ProxyRules;
  readonly shutdownDrainMs: number;
}

/** Throws StartupError naming every fault at once, without repeating values: they may be secrets. */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const given = Object.fromEntries(settingNames.map((name) => [name, env[name]?.trim() || undefined]));
  const parsed = settings.safeParse(given);
  const faults = (parsed.error?.issues ?? []).map((issue) => `${String(issue.path[0])}: ${issue.message}`);
  const unknown = Object.keys(env).filter(
    (name) =>
      /^(WORKER|DATABASE|RETENTION|AUDIT|SHUTDOWN|SOCKETS?|STREAMS|SUBSCRIPTIONS|RESPONSE|WEBHOOKS?|RATE|QUOTA|OPERATOR|EXECUTION|PERSISTED|ALLOWED|TRUSTED|JWT|JWKS)_/.test(
        name,
      ) && !settingNames.includes(name as SettingName),
  );
  for (const name of unknown) faults.push(`${name}: there is no such setting; see .env.example`);
  if (env.NODE_TLS_REJECT_UNAUTHORIZED === '0') {
    faults.push(
      'NODE_TLS_REJECT_UNAUTHORIZED: must not be 0; name your own authority in NODE_EXTRA_CA_CERTS',
    );
  }
  const values = parsed.data;
  if (values !== undefined && values.WORKER_LEASE_MS < 3 * values.WORKER_HEARTBEAT_MS) {
    faults.push('WORKER_LEASE_MS: must be at least three times WORKER_HEARTBEAT_MS');
  }
  if (values?.PERSISTED_ONLY === 'on' && values.PERSISTED_OPERATIONS === undefined) {
    faults.push('PERSISTED_OPERATIONS: is needed for PERSISTED_ONLY=on');
  }
  const together = ['JWT_ISSUER', 'JWT_AUDIENCE', 'JWKS_URL'] as const;
  const missing = together.filter((name) => given[name] === undefined);
  if (missing.length < together.length) {
    for (const name of missing)
      faults.push(`${name}: is needed for tokens; give ${together.join(', ')} or none`);
  }
  if (values === undefined || faults.length > 0) {
    throw new StartupError(`Settings need correction:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  }
  return {
    databaseUrl: values.DATABASE_URL ?? null,
    dataDir: values.DATA_DIR,
    host: values.HOST,
    port: values.PORT,
    logLevel: values.LOG_LEVEL,
    csvDir: values.CSV_DIR ?? null,
    yahoo: values.YAHOO === 'on',
    tiingoKey: values.TIINGO_KEY ?? null,
    bootstrapKey: values.BOOTSTRAP_KEY ?? null,
    operator: { port: values.OPERATOR_PORT ?? null, key: values.OPERATOR_KEY ?? null },
    tokens: tokensOf(values),
    console: values.CONSOLE,
    graphiql: values.GRAPHIQL,
    defaultSource: values.DEFAULT_SOURCE ?? null,
    databasePoolSize: values.DATABASE_POOL_SIZE,
    worker: {
      capacity: values.WORKER_CAPACITY,
      leaseMs: values.WORKER_LEASE_MS,
      heartbeatMs: values.WORKER_HEARTBEAT_MS,
      pollMs: values.WORKER_POLL_MS,
      itemTimeoutMs: values.WORKER_ITEM_TIMEOUT_MS,
      healthPort: values.WORKER_HEALTH_PORT ?? null,
    },
    retention: {
      eventDays: values.RETENTION_EVENT_DAYS,
      jobDays: values.RETENTION_JOB_DAYS,
      keyDays: values.RETENTION_KEY_DAYS,
      auditDays: values.AUDIT_RETENTION_DAYS,
    },
    webhooks: {
      ports: values.WEBHOOK_PORTS.split(',').map(Number),
      loopback: values.WEBHOOK_LOOPBACK === 'on',
      disableAfterDays: values.WEBHOOK_DISABLE_DAYS,
    },
    sockets: {
      perAddress: values.SOCKETS_PER_ADDRESS,
      streamsPerKey: values.STREAMS_PER_KEY,
      operations: values.SOCKET_OPERATIONS,
      messagesPer10s: values.SOCKET_MESSAGE_LIMIT,
      keepAliveMs: values.SOCKET_KEEP_ALIVE_MS,
      stallMs: values.SOCKET_STALL_MS,
    },
    subscriptions: {
      perWorkspace: values.SUBSCRIPTIONS_PER_WORKSPACE,
      perNode: values.SUBSCRIPTIONS_PER_NODE,
    },
    responses: responsesOf(values),
    rateLimit: values.RATE_LIMIT,
    executionTimeoutMs: values.EXECUTION_TIMEOUT_MS,
    quotas: {
      queuedItems: values.QUOTA_QUEUED_ITEMS,
      keys: values.QUOTA_KEYS,
      watchlists: values.QUOTA_WATCHLISTS,
      watchlistItems: values.QUOTA_WATCHLIST_ITEMS,
      webhooks: values.QUOTA_WEBHOOKS,
      storedResponses: values.QUOTA_STORED_RESPONSES,
      ownSeries: values.QUOTA_OWN_SERIES,
      ownBars: values.QUOTA_OWN_BARS,
    },
    introspection: values.INTROSPECTION,
    persisted: { manifest: values.PERSISTED_OPERATIONS ?? null, only: values.PERSISTED_ONLY === 'on' },
    allowedOrigins: values.ALLOWED_ORIGINS,
    proxies: { trusted: values.TRUSTED_PROXIES, header: values.TRUSTED_PROXY_HEADER },
    shutdownDrainMs: values.SHUTDOWN_DRAIN_MS,
  };
}

function tokensOf(values: z.infer<typeof settings>): Config['tokens'] {
  const { JWT_ISSUER: issuer, JWT_AUDIENCE: audience, JWKS_URL: jwksUrl } = values;
  if (issuer === undefined || audience === undefined || jwksUrl === undefined) return null;
  const { JWT_WORKSPACE_CLAIM: workspaceClaim, JWT_MAX_MINUTES: minutes, JWT_KEY_DAYS: keyDays } = values;
  return { issuer, audience, jwksUrl, workspaceClaim, maxLifetimeS: minutes * 60, keyDays };
}

/** A workspace may use a quarter of the memory for responses that wait, and a connection an eighth. */
function responsesOf(values: z.infer<typeof settings>): Config['responses'] {
  const nodeBytes = values.RESPONSE_MEMORY_MB * 1_000_000;
  return {
    stallMs: values.RESPONSE_STALL_MS,
    nodeBytes,
    workspaceBytes: nodeBytes / 4,
    connectionBytes: nodeBytes / 8,
  };
}

/**
 * The settings of this process: its environment, and for the names that are not in it the lines of `envFile` in the
 * working directory, where there is such a file. Null: the environment alone. Throws StartupError.
 */
export function loadConfig(envFile: string | null = '.env'): Config {
  if (envFile !== null) readEnvFile(envFile);
  return parseConfig(process.env);
}

/** Adds the names of the file to the environment; a name that is there keeps its value, also when that is empty. */
function readEnvFile(file: string): void {
  try {
    process.loadEnvFile(file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    if (code === 'ENOENT') return;
    throw new StartupError(
      `The file ${resolve(file)} cannot be read (${code}): make it readable, or remove it and set environment variables.`,
      { cause: error },
    );
  }
}
