//! Whose certificates are trusted.

use reqwest::{Certificate, ClientBuilder};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::vault::VaultError;

/// Adds the system's authorities, and those of `extra`, which must hold one.
///
/// `system` is the system's bundle, where it is known: the platform's own look-up reads the same certificates once more,
/// file by file, which takes as long again.
pub(super) fn add(
    builder: ClientBuilder,
    system: Option<&[u8]>,
    extra: Option<&[u8]>,
) -> Result<ClientBuilder, VaultError> {
    let wrong = || VaultError::Settings { what: "the extra CA file holds no certificate in PEM".into() };
    let extra = extra.map(Certificate::from_pem_bundle).transpose().map_err(|_| wrong())?;
    if extra.as_ref().is_some_and(Vec::is_empty) {
        return Err(wrong());
    }
    let extra = extra.unwrap_or_default();
    let system = system.map(usable).unwrap_or_default();
    Ok(match (system.is_empty(), extra.is_empty()) {
        (false, _) => builder.tls_certs_only(system.into_iter().chain(extra)),
        (true, false) => builder.tls_certs_merge(extra),
        (true, true) => builder,
    })
}

/// A bundle's certificates. One that cannot be an authority, as a system's bundle may hold, is passed over: it would
/// keep the others from being used.
fn usable(bundle: &[u8]) -> Vec<Certificate> {
    let mut store = RootCertStore::empty();
    let each = CertificateDer::pem_slice_iter(bundle).flatten();
    each.filter(|der| store.add(der.clone()).is_ok()).filter_map(|der| Certificate::from_der(&der).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bundle: &str, expect: usize) {
        assert_eq!(usable(bundle.as_bytes()).len(), expect, "{bundle}");
    }

    #[test]
    fn what_is_no_authority_is_passed_over() {
        let authority = include_str!("tests/pem/ca.pem");
        let wrong = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        check(authority, 1);
        check(&format!("# a comment\n{wrong}{authority}"), 1);
        check("nothing", 0);
    }
}
