-- AlterTable
ALTER TABLE "load_file" ADD COLUMN     "mapping" TEXT,
ADD COLUMN     "path" TEXT,
ADD COLUMN     "position" TEXT;
