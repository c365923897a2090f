const cart = { total: 11 };
if (cart.total !== 10) {
  console.error(`cart total is ${cart.total}, expected 10`);
  process.exit(3);
}
