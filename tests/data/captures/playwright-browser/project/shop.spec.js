const { test, expect } = require('@playwright/test');

test('adds numbers', () => expect(1 + 1).toBe(2));

test('opens the shop', async ({ page }) => {
  await page.goto('http://127.0.0.1:8080/');
});
