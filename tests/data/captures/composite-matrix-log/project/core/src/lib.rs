pub fn parse(text: &str) -> i64 {
    text.trim_start_matches('-').parse().unwrap_or(0)
}
