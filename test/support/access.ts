import { type Access, DEFAULT_WORKSPACE_ID, SCOPES } from '../../src/access.ts';

/** May do everything in its workspace. */
export function fullAccess(workspaceId: string = DEFAULT_WORKSPACE_ID): Access {
  return {
    workspaceId,
    keyId: null,
    subject: 'test',
    scopes: new Set(SCOPES),
    credential: { type: 'SERVER' },
  };
}
