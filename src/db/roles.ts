/**
 * The roles that processes work as, and what row-level security lets each see (0020, docs/decisions/0026). None of them can log in, owns a table
 * or passes over policies. Roles belong to the whole server: all its databases share these.
 */
export const ROLES = {
  /** What documents of clients run as: rows of the workspace that the session is set to, and none without one. */
  api: 'thetool_api',
  /** What the API does for all workspaces at once: keys, rate limits, and the reads that subscribers share. */
  relay: 'thetool_relay',
  /** Runs the jobs of every workspace. */
  worker: 'thetool_worker',
} as const;

export type Role = (typeof ROLES)[keyof typeof ROLES];

/** What policies compare with. */
export const WORKSPACE_SETTING = 'app.workspace';
