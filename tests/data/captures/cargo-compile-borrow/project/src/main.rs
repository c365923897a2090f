fn show(name: String) {
    println!("{name}");
}

fn main() {
    let unused = 3;
    let name = String::from("acme");
    show(name);
    println!("{}", name.len());
}
