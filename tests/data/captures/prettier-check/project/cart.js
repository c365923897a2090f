module.exports.total = lines=>{ return lines.length
}
