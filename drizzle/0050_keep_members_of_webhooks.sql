ALTER TABLE "webhooks" ADD COLUMN "member_issuer" text;--> statement-breakpoint
ALTER TABLE "webhooks" ADD COLUMN "member_subject" text;--> statement-breakpoint
-- brief: a workspace has few webhooks, so this takes no time.
ALTER TABLE "webhooks" ADD CONSTRAINT "webhooks_member_check" CHECK ((member_issuer is null) = (member_subject is null));