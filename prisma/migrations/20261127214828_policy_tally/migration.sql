-- CreateTable
CREATE TABLE "policy_tally" (
    "policy" TEXT NOT NULL,
    "day" DATE NOT NULL,
    "shown" INTEGER NOT NULL,
    "answered" INTEGER NOT NULL,

    CONSTRAINT "policy_tally_pkey" PRIMARY KEY ("policy","day")
);
