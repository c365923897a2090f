const test = require('node:test');
const assert = require('node:assert');

test('shows error 500 page', () => assert.ok(true));
test('failed login is reported', () => assert.ok(true));
