import { expect, test } from 'vitest';
import { round } from './price.js';

test('keeps whole numbers', () => expect(round(5)).toBe(5));
test('rounds to cents', () => expect(round(2.999)).toBe(3));
