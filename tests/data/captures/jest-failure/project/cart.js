exports.total = (lines, percent = 0) =>
  lines.reduce((sum, line) => sum + line.price * line.count, 0);

exports.label = (line) => line.name.toUpperCase();
