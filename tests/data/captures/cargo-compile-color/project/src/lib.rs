pub fn width(text: &str) -> u32 {
    text.len()
}

pub fn first(text: &str) -> Option<char> {
    text.char().next()
}
