CREATE TABLE "workspace_members" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"issuer" text NOT NULL,
	"subject" text NOT NULL,
	"scopes" text[] NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	"created_by" text NOT NULL,
	CONSTRAINT "workspace_members_issuer_check" CHECK (char_length(issuer) between 1 and 255),
	CONSTRAINT "workspace_members_subject_check" CHECK (char_length(subject) between 1 and 255),
	CONSTRAINT "workspace_members_scopes_check" CHECK (cardinality(scopes) >= 1 and scopes <@ array['jobs:write', 'jobs:read', 'results:read', 'admin'])
);
--> statement-breakpoint
ALTER TABLE "workspace_members" ADD CONSTRAINT "workspace_members_workspace_id_workspaces_id_fk" FOREIGN KEY ("workspace_id") REFERENCES "public"."workspaces"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "workspace_members_subject_key" ON "workspace_members" USING btree ("workspace_id","issuer","subject");