# Writes OUTPUT, a C++ source that defines agent::embedded::SYMBOL with the bytes of INPUT.
file(READ "${INPUT}" hex HEX)
string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${hex}")
string(REGEX REPLACE "('....',)('....',)('....',)('....',)('....',)('....',)('....',)('....',)" "\\1\\2\\3\\4\\5\\6\\7\\8\n" bytes "${bytes}")
file(WRITE "${OUTPUT}" "#include <string_view>\n\nnamespace agent::embedded {\n\nstatic constexpr char bytes[] = {\n${bytes}'\\0'};\n\n"
  "extern const std::string_view ${SYMBOL};\nconstinit const std::string_view ${SYMBOL}{bytes, sizeof bytes - 1};\n\n}  // namespace agent::embedded\n")
