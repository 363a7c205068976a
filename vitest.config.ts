import { defineConfig } from 'vitest/config';

/** Tests run against one embedded PostgreSQL that lives as long as the run. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
