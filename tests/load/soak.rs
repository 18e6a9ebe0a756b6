//! Nothing in the worker grows with the number of its calls. `benches/soak.rs` does the same for longer.

use std::time::Duration;

use testkit::{Deployment, Morph, soak::soak};

use crate::WORKER;

#[tokio::test(flavor = "multi_thread")]
async fn memory_stays_flat_over_two_thousand_calls() {
    let deployment = Deployment::builder(WORKER)
        .morph(Morph::builder().ready_after(Duration::ZERO))
        .start()
        .await;
    let memory = soak(&deployment, 2_400, 600).await;
    println!("{memory:?}");
    assert_eq!(memory.len(), 4);
    let (early, late) = (memory[0].1, memory[3].1);
    assert!(late < early + (8 << 20), "{memory:?}");
    assert_eq!(deployment.in_flight().await, 0);
}
