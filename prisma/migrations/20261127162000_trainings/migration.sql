-- CreateTable
CREATE TABLE "training" (
    "id" BIGSERIAL NOT NULL,
    "service" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'waiting',
    "reason" TEXT NOT NULL,
    "seed" BIGINT NOT NULL,
    "promotes" BOOLEAN NOT NULL,
    "share" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "step" TEXT,
    "version" INTEGER,
    "asked_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "cancel_asked" BOOLEAN NOT NULL DEFAULT false,
    "trainer" BIGINT,
    "interruptions" INTEGER NOT NULL DEFAULT 0,
    "accepted" BIGINT,
    "revision" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "training_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "training_service_id_idx" ON "training"("service", "id");

-- Of each service at most one waits or runs. The schema has no words for an index of some rows only.
CREATE UNIQUE INDEX "training_unfinished" ON "training"("service") WHERE "state" IN ('waiting', 'running');
