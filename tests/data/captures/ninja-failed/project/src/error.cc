const char *error_text() { return "error"; }
