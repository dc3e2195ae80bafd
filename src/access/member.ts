import type { Scope } from '../access.ts';

/** Who may come in with a token, into which workspace, and what for. Its rights never change: other rights are another membership. */
export interface Member {
  readonly id: string;
  readonly workspaceId: string;
  readonly issuer: string;
  /** The `sub` of the issuer's tokens. */
  readonly subject: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: Date;
  readonly createdBy: string;
}
