import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Tests run against one embedded PostgreSQL that lives as long as the run. */
export default defineConfig({
  // Node loads graphql as CommonJS; the bundler would pick its other build, whose classes are not the same.
  resolve: {
    alias: [
      {
        find: /^graphql$/,
        replacement: fileURLToPath(new URL('node_modules/graphql/index.js', import.meta.url)),
      },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
