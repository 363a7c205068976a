-- DropTable
DROP TABLE "example";

-- CreateTable
CREATE TABLE "example_block" (
    "learner" TEXT NOT NULL,
    "first" BIGINT NOT NULL,
    "count" INTEGER NOT NULL,
    "examples" TEXT NOT NULL,

    CONSTRAINT "example_block_pkey" PRIMARY KEY ("learner","first")
);
