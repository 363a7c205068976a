-- CreateTable
CREATE TABLE "flink_generation" (
    "fact" TEXT NOT NULL,
    "generation" SERIAL NOT NULL,
    "starts" TEXT NOT NULL,
    "clock_ms" BIGINT NOT NULL,
    "last_id" BIGINT NOT NULL,
    "published_id" BIGINT NOT NULL DEFAULT 0,
    "ready" BOOLEAN NOT NULL DEFAULT false,
    "stale" TEXT,
    "confirmed" TIMESTAMPTZ(3),
    "began_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "flink_generation_pkey" PRIMARY KEY ("fact")
);
