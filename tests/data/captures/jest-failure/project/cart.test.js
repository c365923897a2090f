const { total, label } = require('./cart');

describe('cart', () => {
  test('error handling of an empty cart', () => {
    expect(total([])).toBe(0);
  });

  test('applies the discount', () => {
    expect(total([{ price: 50, count: 2 }], 10)).toBe(90);
  });

  test('labels a line', () => {
    expect(label({ title: 'tea' })).toBe('TEA');
  });
});
