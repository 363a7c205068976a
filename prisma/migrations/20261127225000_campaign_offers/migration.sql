-- AlterTable
ALTER TABLE "campaign" ADD COLUMN     "held_out" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "offers_made" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "spent" DECIMAL(15,4) NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "campaign_offer" (
    "decision_id" TEXT NOT NULL,
    "campaign" TEXT NOT NULL,
    "customer_id" INTEGER NOT NULL,
    "is_held_out" BOOLEAN NOT NULL,
    "decided_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "campaign_offer_pkey" PRIMARY KEY ("decision_id")
);

-- CreateTable
CREATE TABLE "wheel_trigger" (
    "rule" TEXT NOT NULL,
    "customer_id" INTEGER NOT NULL,
    "product_id" INTEGER NOT NULL,
    "source" TEXT NOT NULL,
    "event_id" TEXT NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "is_open" BOOLEAN NOT NULL,

    CONSTRAINT "wheel_trigger_pkey" PRIMARY KEY ("rule","customer_id","product_id")
);

-- CreateIndex
CREATE INDEX "campaign_offer_customer_id_idx" ON "campaign_offer"("customer_id");

-- CreateIndex
CREATE INDEX "wheel_trigger_is_open_idx" ON "wheel_trigger"("is_open");
