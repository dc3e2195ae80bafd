/** On whose behalf something is read or done. */
export interface Access {
  readonly workspaceId: string;
}

/** The workspace that the migration creates; every caller belongs to it as long as there are no API keys. */
export const DEFAULT_WORKSPACE_ID = '00000000-0000-7000-8000-000000000001';
