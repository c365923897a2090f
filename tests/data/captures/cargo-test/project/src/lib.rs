pub fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(|w| w.trim_matches('"').to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn splits_on_spaces() {
        assert_eq!(words("a b"), ["a", "b"]);
    }

    #[test]
    fn empty_has_none() {
        assert!(words("").is_empty());
    }

    #[test]
    fn keeps_quotes() {
        assert_eq!(words("say \"two words\""), ["say", "two words"]);
    }

    #[test]
    fn error_in_input_is_kept() {
        assert_eq!(words("error: failed"), ["error:", "failed"]);
    }
}
