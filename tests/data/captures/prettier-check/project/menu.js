module.exports.menu = [];
