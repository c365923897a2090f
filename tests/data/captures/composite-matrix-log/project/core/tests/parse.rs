use core_parse::parse;

#[test]
fn error_is_zero() {
    assert_eq!(parse("error"), 0);
}

#[test]
fn parses_negative() {
    assert_eq!(parse("-12"), -12);
}
