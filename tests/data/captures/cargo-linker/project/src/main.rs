#[link(name = "acme_native")]
extern "C" {
    fn acme_version() -> i32;
}

fn main() {
    println!("{}", unsafe { acme_version() });
}
