-- CreateTable
CREATE TABLE "engine_job" (
    "owner" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "generation" INTEGER NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "job_id" TEXT,
    "restore_path" TEXT,
    "restore_at" TIMESTAMPTZ(3),
    "last_seen_running_at" TIMESTAMPTZ(3),

    CONSTRAINT "engine_job_pkey" PRIMARY KEY ("owner","name")
);
