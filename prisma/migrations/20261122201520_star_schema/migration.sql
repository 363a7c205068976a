-- CreateEnum
CREATE TYPE "sale_kind" AS ENUM ('SALE', 'RETURN', 'ADJUSTMENT');

-- CreateTable
CREATE TABLE "dim_product" (
    "id" SERIAL NOT NULL,
    "code" TEXT NOT NULL,
    "name" TEXT,
    "category" TEXT,
    "description" TEXT,

    CONSTRAINT "dim_product_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "dim_region" (
    "id" SERIAL NOT NULL,
    "name" TEXT NOT NULL,

    CONSTRAINT "dim_region_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "dim_customer" (
    "id" SERIAL NOT NULL,
    "code" TEXT NOT NULL,
    "name" TEXT,
    "region_id" INTEGER,

    CONSTRAINT "dim_customer_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "dim_date" (
    "id" INTEGER NOT NULL,
    "day" DATE NOT NULL,
    "year" INTEGER NOT NULL,
    "quarter" INTEGER NOT NULL,
    "month" INTEGER NOT NULL,
    "day_of_month" INTEGER NOT NULL,
    "iso_year" INTEGER NOT NULL,
    "iso_week" INTEGER NOT NULL,
    "weekday" INTEGER NOT NULL,

    CONSTRAINT "dim_date_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "fact_sales" (
    "id" BIGSERIAL NOT NULL,
    "source" TEXT NOT NULL,
    "invoice" TEXT NOT NULL,
    "line" INTEGER NOT NULL,
    "kind" "sale_kind" NOT NULL,
    "product_id" INTEGER NOT NULL,
    "customer_id" INTEGER,
    "region_id" INTEGER,
    "date_id" INTEGER NOT NULL,
    "quantity" DECIMAL(12,3) NOT NULL,
    "unit_price" DECIMAL(12,4) NOT NULL,
    "amount" DECIMAL(15,4) NOT NULL,
    "sold_at" TIMESTAMPTZ(3) NOT NULL,
    "arrived_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "fact_sales_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "stock_level" (
    "product_id" INTEGER NOT NULL,
    "quantity" DECIMAL(12,3) NOT NULL,
    "counted_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "stock_level_pkey" PRIMARY KEY ("product_id")
);

-- CreateTable
CREATE TABLE "load_file" (
    "id" BIGSERIAL NOT NULL,
    "name" TEXT NOT NULL,
    "sha256" TEXT NOT NULL,
    "model" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "rows" BIGINT NOT NULL,
    "rejected" BIGINT NOT NULL,
    "loaded_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "load_file_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "load_reject" (
    "file_id" BIGINT NOT NULL,
    "line" BIGINT NOT NULL,
    "reason" TEXT NOT NULL,
    "record" TEXT NOT NULL,

    CONSTRAINT "load_reject_pkey" PRIMARY KEY ("file_id","line")
);

-- CreateTable
CREATE TABLE "load_vote" (
    "model" TEXT NOT NULL,
    "field" TEXT NOT NULL,
    "member" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "votes" BIGINT NOT NULL,

    CONSTRAINT "load_vote_pkey" PRIMARY KEY ("model","field","member","source","value")
);

-- CreateTable
CREATE TABLE "load_stated" (
    "model" TEXT NOT NULL,
    "member" TEXT NOT NULL,
    "fields" TEXT[],

    CONSTRAINT "load_stated_pkey" PRIMARY KEY ("model","member")
);

-- CreateIndex
CREATE UNIQUE INDEX "dim_product_code_key" ON "dim_product"("code");

-- CreateIndex
CREATE INDEX "dim_product_name_id_idx" ON "dim_product"("name", "id");

-- CreateIndex
CREATE INDEX "dim_product_category_id_idx" ON "dim_product"("category", "id");

-- CreateIndex
CREATE UNIQUE INDEX "dim_region_name_key" ON "dim_region"("name");

-- CreateIndex
CREATE UNIQUE INDEX "dim_customer_code_key" ON "dim_customer"("code");

-- CreateIndex
CREATE INDEX "dim_customer_name_id_idx" ON "dim_customer"("name", "id");

-- CreateIndex
CREATE INDEX "dim_customer_region_id_id_idx" ON "dim_customer"("region_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "dim_date_day_key" ON "dim_date"("day");

-- CreateIndex
CREATE INDEX "fact_sales_sold_at_id_idx" ON "fact_sales"("sold_at", "id");

-- CreateIndex
CREATE INDEX "fact_sales_product_id_sold_at_id_idx" ON "fact_sales"("product_id", "sold_at", "id");

-- CreateIndex
CREATE INDEX "fact_sales_customer_id_sold_at_id_idx" ON "fact_sales"("customer_id", "sold_at", "id");

-- CreateIndex
CREATE INDEX "fact_sales_region_id_sold_at_id_idx" ON "fact_sales"("region_id", "sold_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "fact_sales_source_invoice_line_key" ON "fact_sales"("source", "invoice", "line");

-- CreateIndex
CREATE UNIQUE INDEX "load_file_sha256_model_source_key" ON "load_file"("sha256", "model", "source");

-- AddForeignKey
ALTER TABLE "dim_customer" ADD CONSTRAINT "dim_customer_region_id_fkey" FOREIGN KEY ("region_id") REFERENCES "dim_region"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "fact_sales" ADD CONSTRAINT "fact_sales_product_id_fkey" FOREIGN KEY ("product_id") REFERENCES "dim_product"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "fact_sales" ADD CONSTRAINT "fact_sales_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "dim_customer"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "fact_sales" ADD CONSTRAINT "fact_sales_region_id_fkey" FOREIGN KEY ("region_id") REFERENCES "dim_region"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "fact_sales" ADD CONSTRAINT "fact_sales_date_id_fkey" FOREIGN KEY ("date_id") REFERENCES "dim_date"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "stock_level" ADD CONSTRAINT "stock_level_product_id_fkey" FOREIGN KEY ("product_id") REFERENCES "dim_product"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "load_reject" ADD CONSTRAINT "load_reject_file_id_fkey" FOREIGN KEY ("file_id") REFERENCES "load_file"("id") ON DELETE CASCADE ON UPDATE CASCADE;
