import { defineConfig } from 'vitest/config';

const notOurs = ['**/node_modules/**', '**/dist/**', 'runs/**'];
// What CI prints of a failure is its message: it has to say which field differs.
const common = { testTimeout: 60_000, hookTimeout: 60_000, chaiConfig: { truncateThreshold: 400 } };

export default defineConfig({
  test: {
    globalSetup: ['harness/e2e/leftovers.ts'],
    projects: [
      {
        test: {
          name: 'parts',
          include: ['**/*.test.ts'],
          exclude: [...notOurs, '**/e2e/**'],
          sequence: { groupOrder: 0 },
          ...common,
        },
      },
      {
        // Whole runs under load: one at a time, so that they do not slow each other down.
        test: {
          name: 'end-to-end',
          include: ['**/e2e/**/*.test.ts'],
          exclude: notOurs,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          ...common,
          testTimeout: 120_000,
        },
      },
    ],
  },
});
