//! TLS: whose certificate is trusted.

use std::io::{Read as _, Write as _};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::*;

/// A certificate for `localhost` by an authority that only `pem/ca.pem` knows, until 2126.
const CERTIFICATE: &[u8] = include_bytes!("pem/server.pem");
const KEY: &[u8] = include_bytes!("pem/server.key");
const AUTHORITY: &[u8] = include_bytes!("pem/ca.pem");

/// A server of one vault list, over TLS, for one connection after the other.
fn secure_server() -> String {
    let chain = vec![CertificateDer::from_pem_slice(CERTIFICATE).expect("a certificate")];
    let key = PrivateKeyDer::from_pem_slice(KEY).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.expect("versions").with_no_client_auth().with_single_cert(chain, key).expect("a server");
    let (config, listener) = (Arc::new(config), std::net::TcpListener::bind("127.0.0.1:0").expect("a port"));
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = rustls::ServerConnection::new(config.clone()).expect("a connection");
            let mut stream = rustls::StreamOwned::new(connection, stream);
            let mut request = [0; 4096];
            if stream.read(&mut request).is_ok_and(|bytes| bytes > 0) {
                let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n[]";
                drop(stream.write_all(answer.as_bytes()).and_then(|()| stream.flush()));
            }
        }
    });
    format!("https://localhost:{port}")
}

#[test]
fn an_extra_authority_is_trusted() {
    run(async {
        let ca = Some(AUTHORITY.to_vec());
        let client = client(&Settings { ca, ..settings(&secure_server()) });
        assert_eq!(client.connect.vaults().await, Ok(vec![]));
    });
}

#[test]
fn the_systems_bundle_is_enough() {
    run(async {
        let url = secure_server();
        let system_ca = Some(AUTHORITY.to_vec());
        let client = client(&Settings { system_ca: system_ca.clone(), ..settings(&url) });
        assert_eq!(client.connect.vaults().await, Ok(vec![]));
        let none = b"nothing".to_vec();
        let both = Settings { system_ca: Some(none), ca: system_ca, ..settings(&url) };
        assert_eq!(self::client(&both).connect.vaults().await, Ok(vec![]));
    });
}

#[test]
fn an_unknown_authority_is_not_and_that_is_said_at_once() {
    run(async {
        let url = secure_server();
        let client = client(&settings(&url));
        let error = client.connect.vaults().await.expect_err("an unknown authority").to_string();
        assert!(error.contains(&url) && error.contains("certificate"), "{error}");
        assert_eq!(client.exchanges.borrow().len(), 1);
    });
}

#[test]
fn a_ca_file_without_a_certificate_is_refused() {
    let settings = Settings { ca: Some(b"nothing".to_vec()), ..settings("https://localhost") };
    let time = Rc::new(Clock::new(1));
    let refused = Connect::new(&settings, time, |_| {}).map(drop).expect_err("no certificate");
    assert_eq!(refused.to_string(), "the extra CA file holds no certificate in PEM");
}
