const assert = require('assert');

describe('shipping', () => {
  it('is free at home', () => assert.strictEqual(0, 0));
  it('ships abroad', () => assert.deepStrictEqual({ zone: 'EU', days: 9 }, { zone: 'EU', days: 5 }));
  it('reports an error for no zone', () => assert.throws(() => { throw new Error('no zone'); }));
});
