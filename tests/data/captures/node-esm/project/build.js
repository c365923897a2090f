const { pages } = require('./pages.mjs');

console.log(pages);
