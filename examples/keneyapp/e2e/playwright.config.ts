import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: '.',
  outputDir: './test-results',
  retries: 1,
  use: {
    baseURL: process.env.KENEYAPP_WEB_URL ?? 'http://localhost:3000',
    screenshot: 'on',
    video: 'on',
    trace: 'retain-on-failure',
  },
});
