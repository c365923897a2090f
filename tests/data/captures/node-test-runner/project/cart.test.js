const test = require('node:test');
const assert = require('node:assert');

const total = (prices, percent) => prices.reduce((a, b) => a + b, 0);

test('total of nothing', () => assert.strictEqual(total([], 0), 0));
test('discount is taken off', () => assert.strictEqual(total([50, 50], 10), 90));
