/** A line of the audit log. */
export interface AuditEntry {
  readonly id: string;
  readonly workspaceId: string;
  readonly keyId: string | null;
  readonly subject: string;
  readonly action: string;
  readonly targetType: string | null;
  readonly targetIds: readonly string[];
  /** OK, or the code of the refusal. */
  readonly outcome: string;
  readonly correlationId: string | null;
  readonly address: string | null;
  /** Above 1 for refusals that were counted together. */
  readonly times: number;
  readonly createdAt: Date;
  /** When the last of several refusals was; null: there was one. */
  readonly lastAt: Date | null;
}

export interface AuditFilter {
  readonly actions?: readonly string[] | undefined;
  readonly keyId?: string | undefined;
  readonly targetId?: string | undefined;
  readonly refused?: boolean | undefined;
  readonly from?: Date | undefined;
  /** Exclusive. */
  readonly to?: Date | undefined;
}
