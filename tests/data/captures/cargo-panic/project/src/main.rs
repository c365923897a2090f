fn main() {
    println!("reading config/rules.toml");
    let rules = std::fs::read_to_string("config/rules.toml").expect("cannot read config/rules.toml");
    println!("{}", rules.len());
}
