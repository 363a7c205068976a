-- AlterTable
ALTER TABLE "training" ADD COLUMN     "engine" TEXT NOT NULL DEFAULT 'own';
