-- CreateTable
CREATE TABLE "example" (
    "learner" TEXT NOT NULL,
    "sequence" BIGINT NOT NULL,
    "source" TEXT NOT NULL,
    "event_id" TEXT NOT NULL,
    "features" TEXT NOT NULL,
    "outcome" DOUBLE PRECISION NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "example_pkey" PRIMARY KEY ("learner","sequence")
);

-- CreateTable
CREATE TABLE "example_sequence" (
    "learner" TEXT NOT NULL,
    "next" BIGINT NOT NULL,

    CONSTRAINT "example_sequence_pkey" PRIMARY KEY ("learner")
);

-- CreateTable
CREATE TABLE "learner_state" (
    "learner" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "next" BIGINT NOT NULL,
    "memory" BYTEA NOT NULL,
    "learned_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "learner_state_pkey" PRIMARY KEY ("learner","version")
);

-- CreateIndex
CREATE UNIQUE INDEX "example_learner_source_event_id_key" ON "example"("learner", "source", "event_id");
