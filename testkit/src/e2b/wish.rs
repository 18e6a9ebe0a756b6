//! The bodies of requests, read without leniency.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::refusal::Refusal;

pub(super) type Metadata = BTreeMap<String, String>;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct NewSandbox {
    #[serde(rename = "templateID")]
    pub(super) template_id: String,
    pub(super) timeout: Option<u32>,
    #[serde(default)]
    pub(super) auto_pause: bool,
    #[serde(rename = "autoPauseMemory")]
    _auto_pause_memory: Option<bool>,
    #[serde(rename = "autoResume")]
    _auto_resume: Option<AutoResume>,
    #[serde(default)]
    pub(super) secure: bool,
    #[serde(rename = "allow_internet_access")]
    _allow_internet_access: Option<bool>,
    pub(super) network: Option<Network>,
    #[serde(default)]
    pub(super) metadata: Metadata,
    #[serde(default)]
    pub(super) env_vars: BTreeMap<String, String>,
    #[serde(rename = "mcp")]
    _mcp: Option<Map<String, Value>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AutoResume {
    #[serde(rename = "enabled")]
    _enabled: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Network {
    pub(super) allow_public_traffic: Option<bool>,
    #[serde(rename = "allowOut")]
    _allow_out: Option<Vec<String>>,
    #[serde(rename = "denyOut")]
    _deny_out: Option<Vec<String>>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Timeout {
    pub(super) timeout: u32,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Refresh {
    pub(super) duration: Option<u32>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pause {
    #[serde(rename = "memory")]
    _memory: Option<bool>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Connect {
    pub(super) timeout: u32,
    #[serde(rename = "memory")]
    _memory: Option<bool>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fork {
    timeout: Option<u32>,
    count: Option<usize>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Save {
    pub(super) name: Option<String>,
}

/// What sandboxes live if nothing else is said, in seconds.
pub(super) const SHORT: u32 = 15;

const MOST_COPIES: usize = 100;

impl Fork {
    /// How many copies, and how long they live.
    pub(super) fn read(self) -> Result<(usize, u32), Refusal> {
        let count = self.count.unwrap_or(1);
        match (1..=MOST_COPIES).contains(&count) {
            true => Ok((count, self.timeout.unwrap_or(SHORT))),
            false => Err(Refusal::bad_request(
                "Error at \"/count\": number must be between 1 and 100",
            )),
        }
    }
}
