-- CreateEnum
CREATE TYPE "decision_kind" AS ENUM ('RECOMMEND', 'CAMPAIGN', 'REORDER');

-- CreateTable
CREATE TABLE "fact_decision" (
    "id" TEXT NOT NULL,
    "kind" "decision_kind" NOT NULL,
    "customer_id" INTEGER,
    "product_id" INTEGER,
    "cause" TEXT NOT NULL,
    "policy" TEXT NOT NULL,
    "policy_propensity" DOUBLE PRECISION NOT NULL,
    "model" TEXT,
    "experiment" TEXT,
    "arm" TEXT,
    "candidates" INTEGER NOT NULL,
    "position" TEXT NOT NULL,
    "details" TEXT,
    "decided_at" TIMESTAMPTZ(3) NOT NULL,
    "arrived_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "fact_decision_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "fact_decision_slot" (
    "decision_id" TEXT NOT NULL,
    "slot" INTEGER NOT NULL,
    "customer_id" INTEGER,
    "product_id" INTEGER,
    "choice" TEXT,
    "score" DOUBLE PRECISION NOT NULL,
    "propensity" DOUBLE PRECISION NOT NULL,
    "features" TEXT,
    "shown_at" TIMESTAMPTZ(3),
    "closes_at" TIMESTAMPTZ(3),
    "responded_at" TIMESTAMPTZ(3),
    "clicked_at" TIMESTAMPTZ(3),
    "carted_at" TIMESTAMPTZ(3),
    "bought_at" TIMESTAMPTZ(3),
    "lesson" TEXT,

    CONSTRAINT "fact_decision_slot_pkey" PRIMARY KEY ("decision_id","slot")
);

-- CreateTable
CREATE TABLE "fact_exposure" (
    "decision_id" TEXT NOT NULL,
    "slot" INTEGER NOT NULL,
    "kind" "decision_kind" NOT NULL,
    "customer_id" INTEGER,
    "product_id" INTEGER,
    "arm" TEXT,
    "policy" TEXT NOT NULL,
    "model" TEXT,
    "shown_at" TIMESTAMPTZ(3) NOT NULL,
    "arrived_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "fact_exposure_pkey" PRIMARY KEY ("decision_id","slot")
);

-- CreateTable
CREATE TABLE "fact_outcome" (
    "decision_id" TEXT NOT NULL,
    "slot" INTEGER NOT NULL,
    "kind" "decision_kind" NOT NULL,
    "customer_id" INTEGER,
    "product_id" INTEGER,
    "arm" TEXT,
    "policy" TEXT NOT NULL,
    "model" TEXT,
    "type" TEXT NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "arrived_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "fact_outcome_pkey" PRIMARY KEY ("decision_id","slot")
);

-- CreateTable
CREATE TABLE "decision_claim" (
    "source" TEXT NOT NULL,
    "event_id" TEXT NOT NULL,
    "decision_id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "customer_id" INTEGER,
    "product_id" INTEGER,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "decision_claim_pkey" PRIMARY KEY ("source","event_id")
);

-- CreateTable
CREATE TABLE "wheel_touch" (
    "id" BIGSERIAL NOT NULL,
    "decision_id" TEXT,
    "customer_id" INTEGER,
    "product_id" INTEGER,
    "occurred_at" TIMESTAMPTZ(3),

    CONSTRAINT "wheel_touch_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "wheel_switch" (
    "action" TEXT NOT NULL,
    "on" BOOLEAN NOT NULL,
    "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "changed_by" TEXT,

    CONSTRAINT "wheel_switch_pkey" PRIMARY KEY ("action")
);

-- CreateTable
CREATE TABLE "webhook" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "url" TEXT NOT NULL,
    "kinds" "decision_kind"[],
    "secrets" TEXT[],
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "delivered_at" TIMESTAMPTZ(3),

    CONSTRAINT "webhook_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "webhook_delivery" (
    "id" BIGSERIAL NOT NULL,
    "webhook_id" UUID NOT NULL,
    "decision_id" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ(3) DEFAULT CURRENT_TIMESTAMP,
    "fault" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "webhook_delivery_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "campaign" (
    "name" TEXT NOT NULL,
    "segment" "segment_name" NOT NULL,
    "offers" TEXT[],
    "every_days" INTEGER NOT NULL,
    "offers_max" INTEGER,
    "budget" DECIMAL(15,4),
    "costs" DECIMAL(15,4)[],
    "holdout_share" DOUBLE PRECISION NOT NULL,
    "hours" INTEGER[],
    "every_ms" BIGINT,
    "state" TEXT NOT NULL DEFAULT 'running',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ran_at" TIMESTAMPTZ(3),

    CONSTRAINT "campaign_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "reorder_state" (
    "product_id" INTEGER NOT NULL,
    "is_below" BOOLEAN NOT NULL,
    "decision_id" TEXT,
    "looked_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "reorder_state_pkey" PRIMARY KEY ("product_id")
);

-- CreateIndex
CREATE INDEX "fact_decision_decided_at_id_idx" ON "fact_decision"("decided_at", "id");

-- CreateIndex
CREATE INDEX "fact_decision_customer_id_decided_at_id_idx" ON "fact_decision"("customer_id", "decided_at", "id");

-- CreateIndex
CREATE INDEX "fact_decision_product_id_decided_at_id_idx" ON "fact_decision"("product_id", "decided_at", "id");

-- CreateIndex
CREATE INDEX "fact_decision_kind_decided_at_id_idx" ON "fact_decision"("kind", "decided_at", "id");

-- CreateIndex
CREATE INDEX "fact_decision_slot_customer_id_product_id_shown_at_idx" ON "fact_decision_slot"("customer_id", "product_id", "shown_at");

-- CreateIndex
CREATE INDEX "fact_decision_slot_product_id_shown_at_idx" ON "fact_decision_slot"("product_id", "shown_at");

-- CreateIndex
CREATE INDEX "fact_decision_slot_lesson_closes_at_idx" ON "fact_decision_slot"("lesson", "closes_at");

-- CreateIndex
CREATE INDEX "fact_decision_slot_shown_at_idx" ON "fact_decision_slot"("shown_at");

-- CreateIndex
CREATE INDEX "fact_exposure_shown_at_idx" ON "fact_exposure"("shown_at");

-- CreateIndex
CREATE INDEX "fact_outcome_occurred_at_idx" ON "fact_outcome"("occurred_at");

-- CreateIndex
CREATE INDEX "decision_claim_decision_id_idx" ON "decision_claim"("decision_id");

-- CreateIndex
CREATE INDEX "webhook_delivery_due_at_idx" ON "webhook_delivery"("due_at");

-- CreateIndex
CREATE UNIQUE INDEX "webhook_delivery_webhook_id_decision_id_key" ON "webhook_delivery"("webhook_id", "decision_id");

-- AddForeignKey
ALTER TABLE "fact_decision" ADD CONSTRAINT "fact_decision_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "dim_customer"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "fact_decision" ADD CONSTRAINT "fact_decision_product_id_fkey" FOREIGN KEY ("product_id") REFERENCES "dim_product"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "fact_decision_slot" ADD CONSTRAINT "fact_decision_slot_decision_id_fkey" FOREIGN KEY ("decision_id") REFERENCES "fact_decision"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "fact_decision_slot" ADD CONSTRAINT "fact_decision_slot_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "dim_customer"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "fact_decision_slot" ADD CONSTRAINT "fact_decision_slot_product_id_fkey" FOREIGN KEY ("product_id") REFERENCES "dim_product"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "fact_exposure" ADD CONSTRAINT "fact_exposure_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "dim_customer"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "fact_exposure" ADD CONSTRAINT "fact_exposure_product_id_fkey" FOREIGN KEY ("product_id") REFERENCES "dim_product"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "fact_outcome" ADD CONSTRAINT "fact_outcome_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "dim_customer"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "fact_outcome" ADD CONSTRAINT "fact_outcome_product_id_fkey" FOREIGN KEY ("product_id") REFERENCES "dim_product"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "webhook_delivery" ADD CONSTRAINT "webhook_delivery_webhook_id_fkey" FOREIGN KEY ("webhook_id") REFERENCES "webhook"("id") ON DELETE CASCADE ON UPDATE CASCADE;
