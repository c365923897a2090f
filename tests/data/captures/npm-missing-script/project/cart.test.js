const test = require('node:test');
const assert = require('node:assert');

test('error of an empty cart is null', () => assert.strictEqual(null, null));
test('sum', () => assert.strictEqual(1 + 1, 2));
