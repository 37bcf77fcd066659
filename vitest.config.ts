import { defineConfig } from 'vitest/config';

const notOurs = ['**/node_modules/**', '**/dist/**', 'runs/**'];
const timeouts = { testTimeout: 60_000, hookTimeout: 60_000 };

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
          ...timeouts,
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
          ...timeouts,
          testTimeout: 120_000,
        },
      },
    ],
  },
});
