test('menu has three entries', () => {
  expect(['tea', 'milk', 'bread']).toHaveLength(3);
});
