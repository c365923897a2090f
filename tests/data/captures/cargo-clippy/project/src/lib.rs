pub fn blank(line: &str) -> bool {
    line.len() == 0
}

pub fn both(a: bool) -> bool {
    return a == true;
}
