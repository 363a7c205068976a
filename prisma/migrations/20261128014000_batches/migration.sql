-- CreateTable
CREATE TABLE "fact_customer_purchase" (
    "id" BIGSERIAL NOT NULL,
    "source" TEXT NOT NULL,
    "code" TEXT NOT NULL,
    "customer_id" INTEGER,
    "total" DECIMAL(38,6) NOT NULL,
    "orders" BIGINT NOT NULL,
    "first_purchase" TIMESTAMPTZ(3),
    "last_purchase" TIMESTAMPTZ(3),
    "recency_days" INTEGER,
    "recency_score" INTEGER,
    "frequency_score" INTEGER,
    "monetary_score" INTEGER,
    "as_of" TIMESTAMPTZ(3) NOT NULL,
    "computed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "fact_customer_purchase_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "fact_daily_rollup" (
    "id" BIGSERIAL NOT NULL,
    "source" TEXT NOT NULL,
    "metric" TEXT NOT NULL,
    "cut" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "day" TIMESTAMPTZ(3) NOT NULL,
    "value" DECIMAL(38,12) NOT NULL,
    "computed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "fact_daily_rollup_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "batch_run" (
    "id" BIGSERIAL NOT NULL,
    "name" TEXT NOT NULL,
    "engine" TEXT NOT NULL,
    "options" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'running',
    "share" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "step" TEXT,
    "rows" BIGINT,
    "changed" BIGINT,
    "cancel_asked" BOOLEAN NOT NULL DEFAULT false,
    "holder" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "batch_run_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "fact_customer_purchase_customer_id_idx" ON "fact_customer_purchase"("customer_id");

-- CreateIndex
CREATE INDEX "fact_customer_purchase_as_of_id_idx" ON "fact_customer_purchase"("as_of", "id");

-- CreateIndex
CREATE UNIQUE INDEX "fact_customer_purchase_source_code_key" ON "fact_customer_purchase"("source", "code");

-- CreateIndex
CREATE INDEX "fact_daily_rollup_day_id_idx" ON "fact_daily_rollup"("day", "id");

-- CreateIndex
CREATE UNIQUE INDEX "fact_daily_rollup_source_metric_cut_key_day_key" ON "fact_daily_rollup"("source", "metric", "cut", "key", "day");

-- CreateIndex
CREATE INDEX "batch_run_name_id_idx" ON "batch_run"("name", "id");

-- AddForeignKey
ALTER TABLE "fact_customer_purchase" ADD CONSTRAINT "fact_customer_purchase_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "dim_customer"("id") ON DELETE SET NULL ON UPDATE CASCADE;
