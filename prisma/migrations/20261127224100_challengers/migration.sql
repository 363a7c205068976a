-- AlterTable
ALTER TABLE "learner_state" ADD COLUMN     "drifted_at" TIMESTAMPTZ(3),
ADD COLUMN     "news_from" BIGINT NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "model_champion" ADD COLUMN     "challenger" INTEGER,
ADD COLUMN     "challenger_since" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "model_step" (
    "id" BIGSERIAL NOT NULL,
    "service" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "step" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "reason" TEXT NOT NULL,
    "figures" TEXT,

    CONSTRAINT "model_step_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "model_step_service_version_id_idx" ON "model_step"("service", "version", "id");
