ALTER TABLE "api_keys" ADD COLUMN "member_issuer" text;
--> statement-breakpoint
ALTER TABLE "api_keys" ADD COLUMN "member_subject" text;
--> statement-breakpoint
ALTER TABLE "workspaces" ADD COLUMN "suspended_at" timestamp (3) with time zone;
--> statement-breakpoint
-- brief: there are few keys and workspaces, so this takes no time.
CREATE INDEX "api_keys_member_idx" ON "api_keys" USING btree ("workspace_id","member_subject") WHERE member_subject is not null;
--> statement-breakpoint
-- brief: there are few keys and workspaces, so this takes no time.
CREATE INDEX "workspaces_suspended_idx" ON "workspaces" USING btree ("id") WHERE suspended_at is not null;
--> statement-breakpoint
-- brief: there are few keys and workspaces, so this takes no time.
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_member_check" CHECK ((member_issuer is null) = (member_subject is null));
--> statement-breakpoint
-- Keys that were made with a member's token, and those that such keys made, end with that membership from now on. "created_by" names the maker: the id of a
-- key, the subject of a token, or the command line. A subject that two issuers have in one workspace, or that has the form of a key's id, is left out.
-- brief: a workspace has few keys, so this takes no time.
WITH RECURSIVE made AS (
  SELECT k.id, k.workspace_id, k.key_id, m.issuer, m.subject
  FROM api_keys k
  JOIN workspace_members m ON m.workspace_id = k.workspace_id AND m.subject = k.created_by
  WHERE k.created_by <> 'command line' AND k.created_by !~ '^[0-9A-Za-z]{8}$'
    AND NOT EXISTS (SELECT FROM workspace_members o WHERE o.workspace_id = m.workspace_id AND o.subject = m.subject AND o.issuer <> m.issuer)
  UNION
  SELECT k.id, k.workspace_id, k.key_id, p.issuer, p.subject
  FROM api_keys k JOIN made p ON k.workspace_id = p.workspace_id AND k.created_by = p.key_id
)
UPDATE api_keys k SET member_issuer = made.issuer, member_subject = made.subject FROM made WHERE k.id = made.id;
