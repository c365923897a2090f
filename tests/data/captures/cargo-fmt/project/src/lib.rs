pub fn blank( line: &str )->bool { line.is_empty() }
