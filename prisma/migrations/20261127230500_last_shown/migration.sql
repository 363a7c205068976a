-- DropIndex
DROP INDEX "fact_decision_slot_customer_id_product_id_shown_at_idx";

-- AlterTable
ALTER TABLE "fact_decision_slot" ADD COLUMN     "is_list" BOOLEAN NOT NULL DEFAULT false;

-- Places of lists that were decided before.
UPDATE "fact_decision_slot" SET "is_list" = true FROM "fact_decision"
WHERE "fact_decision"."id" = "decision_id" AND "fact_decision"."kind" = 'RECOMMEND' AND "fact_decision"."arm" IS NOT NULL;

-- AlterTable
ALTER TABLE "wheel_touch" ADD COLUMN     "waits_for" BIGINT NOT NULL DEFAULT 0;

-- CreateIndex
CREATE INDEX "fact_decision_slot_last_shown_idx" ON "fact_decision_slot"("customer_id", "product_id", "is_list", "shown_at", "decision_id", "slot");

-- CreateIndex
CREATE INDEX "fact_decision_slot_customer_id_lesson_closes_at_idx" ON "fact_decision_slot"("customer_id", "lesson", "closes_at");

-- CreateIndex
CREATE INDEX "wheel_touch_waits_for_id_idx" ON "wheel_touch"("waits_for", "id");
