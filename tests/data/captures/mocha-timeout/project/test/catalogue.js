describe('catalogue', () => {
  it('loads the catalogue', () => new Promise(() => setTimeout(() => {}, 1500)));
});
