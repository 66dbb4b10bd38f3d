//! Webhooks and channels cannot reach the network that the services are in.

use std::net::IpAddr;

use crate::check::cx::{Cx, items};
use crate::check::finder::Finder;
use crate::model::Value;

/// Networks that are the services' own, one address of each, and what they are.
const PRIVATE: [(&str, &str); 5] = [
    ("127.0.0.1", "127.0.0.0/8"),
    ("10.0.0.1", "10.0.0.0/8"),
    ("172.16.0.1", "172.16.0.0/12"),
    ("192.168.0.1", "192.168.0.0/16"),
    ("169.254.169.254", "169.254.0.0/16"),
];

pub fn run(cx: &Cx<'_>, out: &mut Finder<'_>) {
    for seen in cx.any(&["COURIER_DISALLOWED_NETWORKS", "MAILROOM_DISALLOWED_NETWORKS"]) {
        // To the services an empty value is none at all: upstream's list holds.
        let Some(networks) = networks(&seen.setting.value).filter(|_| seen.text() != Some("")) else { continue };
        let open: Vec<&str> = PRIVATE
            .into_iter()
            .filter(|(address, _)| !networks.iter().any(|network| contains(network, address)))
            .map(|(_, network)| network)
            .collect();
        if !open.is_empty() {
            out.say(format!("`{}` lets flows into {}", seen.name(), open.join(", ")))
                .at(seen.place(), "whoever edits a flow can call databases and the cloud's metadata service")
                .help("add these networks to upstream's list, or remove the setting");
        }
    }
}

/// The entries, of a list or of one CSV record; nothing when one waits for the vault.
fn networks(value: &Value) -> Option<Vec<&str>> {
    match value {
        Value::String(record) => Some(record.split(',').map(|entry| entry.trim().trim_matches('"')).collect()),
        list => items(list)?
            .iter()
            .map(|item| match item {
                Value::String(text) => Some(text.as_str()),
                _ => None,
            })
            .collect(),
    }
}

/// Whether a network, or an address by itself, contains an address.
fn contains(network: &str, address: &str) -> bool {
    let (base, bits) = network.split_once('/').unwrap_or((network, ""));
    let (Ok(IpAddr::V4(base)), Ok(IpAddr::V4(address))) = (base.parse(), address.parse()) else { return false };
    let bits: u32 = if bits.is_empty() { 32 } else { bits.parse().unwrap_or(33) };
    let mask = match bits {
        0 => 0,
        1..=32 => u32::MAX << (32 - bits),
        _ => return false,
    };
    base.to_bits() & mask == address.to_bits() & mask
}
