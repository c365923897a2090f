const spare = 1;

module.exports.total = (lines) => {
  if (lines = null) {
    return 0;
  }
  return sum(lines);
};
