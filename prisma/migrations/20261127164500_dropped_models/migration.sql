-- AlterTable
ALTER TABLE "model" ADD COLUMN     "size_bytes" INTEGER,
ALTER COLUMN "bytes" DROP NOT NULL;
