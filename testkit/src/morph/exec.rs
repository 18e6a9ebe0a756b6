//! Commands on instances.

use std::process::Output;
use std::sync::Arc;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::world::Shared;
use crate::simulator::exit_code;

/// Runs `line` on an instance and answers when it has ended and closed its output. A client that
/// leaves does not end the command: nothing shows that it would on the service.
pub(super) async fn run(shared: Arc<Shared>, id: String, line: String) -> Result<Value, Refusal> {
    let child = shared.world.update(|world| world.exec(&id, &line))?;
    let group = child.id();
    let ended = tokio::spawn(async move {
        let output = child.wait_with_output().await;
        let still_there = shared.world.update(|world| {
            let instance = world.instance(&id)?;
            if let Some(group) = group {
                instance.processes.forget_unless_alive(group);
            }
            Ok(())
        });
        still_there.map(|()| output)
    });
    match ended.await {
        Ok(Ok(Ok(output))) => Ok(answer(&output)),
        Ok(Err(refusal)) => Err(refusal),
        Ok(Ok(Err(_))) | Err(_) => Err(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")),
    }
}

fn answer(output: &Output) -> Value {
    json!({
        "stdout": String::from_utf8_lossy(&output.stdout),
        "stderr": String::from_utf8_lossy(&output.stderr),
        "exit_code": exit_code(output.status),
    })
}
