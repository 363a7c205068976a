-- Places of examples count from 0. Where the sequence had run ahead of its blocks, no learner could go on: the blocks that
-- are there become the first, and whoever reads them begins anew.
DELETE FROM "learner_state" AS "state"
WHERE NOT EXISTS (SELECT FROM "example_block" AS "block" WHERE "block"."learner" = "state"."learner" AND "block"."first" = 0);

DELETE FROM "example_sequence" AS "sequence"
WHERE NOT EXISTS (SELECT FROM "example_block" AS "block" WHERE "block"."learner" = "sequence"."learner");

UPDATE "example_sequence" AS "sequence" SET "next" = "next" - "there"."start"
FROM (SELECT "learner", min("first") AS "start" FROM "example_block" GROUP BY "learner") AS "there"
WHERE "there"."learner" = "sequence"."learner";

-- By way of places below 0, so that no block comes to lie where another still is.
UPDATE "example_block" AS "block" SET "first" = "there"."start" - "block"."first" - 1
FROM (SELECT "learner", min("first") AS "start" FROM "example_block" GROUP BY "learner") AS "there"
WHERE "there"."learner" = "block"."learner" AND "there"."start" > 0;

UPDATE "example_block" SET "first" = -1 - "first" WHERE "first" < 0;
