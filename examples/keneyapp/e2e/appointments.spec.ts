import { expect, test } from '@playwright/test';

test.beforeEach(async ({ page }) => {
  await page.goto('/login');
  await page.getByLabel('User name').fill('admin');
  await page.getByLabel('Password').fill(process.env.ADMIN_PASSWORD ?? 'admin123');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { name: 'Today', level: 1 })).toBeVisible();
});

test('a patient is found by name and opened', async ({ page }) => {
  await page.getByRole('link', { name: 'Patients' }).click();
  await page.getByLabel('Search patients').fill('diallo');
  await page.getByRole('row', { name: /diallo/i }).first().click();
  await expect(page).toHaveURL(/\/patients\/\d+$/);
});

test('an appointment is made', async ({ page }) => {
  await page.goto('/appointments/new?patient=1');
  await page.getByLabel('Doctor').click();
  await page.getByRole('option').first().click();
  await page.getByLabel('Reason').fill('Vaccination');
  await page.getByRole('button', { name: 'Save appointment' }).click();
  await expect(page.getByText('Vaccination').first()).toBeVisible();
});
