-- CreateEnum
CREATE TYPE "segment_name" AS ENUM ('NEW', 'ACTIVE', 'LOYAL', 'AT_RISK', 'LOST', 'POTENTIAL');

-- AlterTable
ALTER TABLE "dim_customer" ADD COLUMN     "segment" "segment_name";

-- CreateIndex
CREATE INDEX "dim_customer_segment_code_idx" ON "dim_customer"("segment", "code");
