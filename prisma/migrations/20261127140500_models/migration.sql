-- CreateTable
CREATE TABLE "model" (
    "service" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "trained_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "promoted_at" TIMESTAMPTZ(3),
    "rows" TEXT NOT NULL,
    "data_from" TIMESTAMPTZ(3),
    "data_to" TIMESTAMPTZ(3),
    "position" TEXT,
    "seed" BIGINT NOT NULL,
    "parameters" TEXT NOT NULL,
    "quality" TEXT NOT NULL,
    "measure" TEXT NOT NULL,
    "better" TEXT NOT NULL,
    "bytes" BYTEA NOT NULL,

    CONSTRAINT "model_pkey" PRIMARY KEY ("service","version")
);

-- The bytes of a model are numbers, which hardly become shorter: nothing tries to compress them, so slices are read fast.
ALTER TABLE "model" ALTER COLUMN "bytes" SET STORAGE EXTERNAL;

-- CreateTable
CREATE TABLE "model_champion" (
    "service" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "before" INTEGER[],

    CONSTRAINT "model_champion_pkey" PRIMARY KEY ("service")
);
