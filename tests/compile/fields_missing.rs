mod generated {
    include!("generated/mixed/provider.rs");
}

fn main() {
    let _ = generated::provider();
}
