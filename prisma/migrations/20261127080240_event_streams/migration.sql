-- AlterTable
ALTER TABLE "fact_sales" ADD COLUMN     "estimated" BOOLEAN NOT NULL DEFAULT false;

-- CreateTable
CREATE TABLE "fact_event" (
    "id" BIGSERIAL NOT NULL,
    "source" TEXT NOT NULL,
    "event_id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "customer_id" INTEGER,
    "product_id" INTEGER,
    "value" DECIMAL(30,12),
    "text" TEXT,
    "attributes" TEXT,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "arrived_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "fact_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "fact_measurement" (
    "id" BIGSERIAL NOT NULL,
    "source" TEXT NOT NULL,
    "event_id" TEXT NOT NULL,
    "device" TEXT,
    "series" TEXT,
    "value" DECIMAL(30,12) NOT NULL,
    "text" TEXT,
    "attributes" TEXT,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "arrived_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "fact_measurement_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "log_topic" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "log_topic_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "log_partition" (
    "topic_id" UUID NOT NULL,
    "partition" INTEGER NOT NULL,
    "start_offset" BIGINT NOT NULL DEFAULT 0,
    "end_offset" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "log_partition_pkey" PRIMARY KEY ("topic_id","partition")
);

-- CreateTable
CREATE TABLE "log_entry" (
    "topic_id" UUID NOT NULL,
    "partition" INTEGER NOT NULL,
    "place" BIGINT NOT NULL,
    "key" BYTEA,
    "value" BYTEA,
    "headers" TEXT,
    "appended_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "log_entry_pkey" PRIMARY KEY ("topic_id","partition","place")
);

-- CreateTable
CREATE TABLE "stream_position" (
    "group_name" TEXT NOT NULL,
    "cluster_id" TEXT NOT NULL,
    "topic_id" TEXT NOT NULL,
    "partition" INTEGER NOT NULL,
    "topic" TEXT NOT NULL,
    "next_offset" BIGINT NOT NULL,
    "end_offset" BIGINT NOT NULL,
    "behaviour_max_at" TIMESTAMPTZ(3),
    "measurement_max_at" TIMESTAMPTZ(3),
    "accepted" BIGINT NOT NULL DEFAULT 0,
    "repeated" BIGINT NOT NULL DEFAULT 0,
    "dead" BIGINT NOT NULL DEFAULT 0,
    "late" BIGINT NOT NULL DEFAULT 0,
    "unpriced" BIGINT NOT NULL DEFAULT 0,
    "moved_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "stopped" TEXT,

    CONSTRAINT "stream_position_pkey" PRIMARY KEY ("group_name","cluster_id","topic_id","partition")
);

-- CreateTable
CREATE TABLE "outbox" (
    "id" BIGSERIAL NOT NULL,
    "topic" TEXT NOT NULL,
    "key" TEXT,
    "value" BYTEA,
    "headers" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "outbox_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "lease" (
    "name" TEXT NOT NULL,
    "number" BIGINT NOT NULL,
    "holder" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "backend_pid" INTEGER NOT NULL,
    "backend_start" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "lease_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "live_clock" (
    "name" TEXT NOT NULL,
    "watermark" TIMESTAMPTZ(3) NOT NULL,
    "moved_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "live_clock_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "live_partial" (
    "cut" TEXT NOT NULL,
    "window_start" TIMESTAMPTZ(3) NOT NULL,
    "key" TEXT NOT NULL,
    "late" BOOLEAN NOT NULL,
    "writer" TEXT NOT NULL,
    "states" DECIMAL(38,12)[],

    CONSTRAINT "live_partial_pkey" PRIMARY KEY ("cut","window_start","key","late","writer")
);

-- CreateTable
CREATE TABLE "live_member" (
    "cut" TEXT NOT NULL,
    "window_start" TIMESTAMPTZ(3) NOT NULL,
    "key" TEXT NOT NULL,
    "state" INTEGER NOT NULL,
    "member" TEXT NOT NULL,

    CONSTRAINT "live_member_pkey" PRIMARY KEY ("cut","window_start","key","state","member")
);

-- CreateTable
CREATE TABLE "live_change" (
    "id" BIGSERIAL NOT NULL,
    "cut" TEXT NOT NULL,
    "window_start" TIMESTAMPTZ(3) NOT NULL,
    "key" TEXT NOT NULL,

    CONSTRAINT "live_change_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "live_window" (
    "cut" TEXT NOT NULL,
    "window_start" TIMESTAMPTZ(3) NOT NULL,
    "key" TEXT NOT NULL,
    "window_end" TIMESTAMPTZ(3),
    "message" TEXT NOT NULL,
    "revision" INTEGER NOT NULL,
    "final" BOOLEAN NOT NULL,
    "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "live_window_pkey" PRIMARY KEY ("cut","window_start","key")
);

-- CreateTable
CREATE TABLE "live_layout" (
    "model" TEXT NOT NULL,
    "layout" TEXT NOT NULL,

    CONSTRAINT "live_layout_pkey" PRIMARY KEY ("model")
);

-- CreateIndex
CREATE INDEX "fact_event_occurred_at_id_idx" ON "fact_event"("occurred_at", "id");

-- CreateIndex
CREATE INDEX "fact_event_customer_id_occurred_at_id_idx" ON "fact_event"("customer_id", "occurred_at", "id");

-- CreateIndex
CREATE INDEX "fact_event_product_id_occurred_at_id_idx" ON "fact_event"("product_id", "occurred_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "fact_event_source_event_id_key" ON "fact_event"("source", "event_id");

-- CreateIndex
CREATE INDEX "fact_measurement_occurred_at_id_idx" ON "fact_measurement"("occurred_at", "id");

-- CreateIndex
CREATE INDEX "fact_measurement_device_occurred_at_id_idx" ON "fact_measurement"("device", "occurred_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "fact_measurement_source_event_id_key" ON "fact_measurement"("source", "event_id");

-- CreateIndex
CREATE UNIQUE INDEX "log_topic_name_key" ON "log_topic"("name");

-- CreateIndex
CREATE INDEX "live_window_final_window_end_idx" ON "live_window"("final", "window_end");

-- AddForeignKey
ALTER TABLE "fact_event" ADD CONSTRAINT "fact_event_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "dim_customer"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "fact_event" ADD CONSTRAINT "fact_event_product_id_fkey" FOREIGN KEY ("product_id") REFERENCES "dim_product"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "log_partition" ADD CONSTRAINT "log_partition_topic_id_fkey" FOREIGN KEY ("topic_id") REFERENCES "log_topic"("id") ON DELETE CASCADE ON UPDATE CASCADE;
