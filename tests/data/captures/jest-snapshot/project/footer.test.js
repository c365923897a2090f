test('renders the footer', () => {
  expect('<footer>(c) 2025 Acme</footer>').toMatchSnapshot();
});
