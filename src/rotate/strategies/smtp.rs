//! A login at a mail server, without a mail: EHLO, STARTTLS, AUTH, NOOP, QUIT.

use std::time::Duration;

use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, Tokio1Executor};

use super::super::{Credential, Login};

/// How the connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// From a command on, which the server has to know.
    StartTls,
    /// From the start.
    Implicit,
}

/// A mail server.
#[derive(Debug, Clone)]
pub struct Server {
    /// Its name, which its certificate has to have.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is encrypted; there is no login without.
    pub encryption: Encryption,
    /// A certificate in PEM that is trusted besides the system's.
    pub ca: Option<Vec<u8>>,
    /// How long a login may take.
    pub patience: Duration,
}

impl Server {
    /// Logs in and out again.
    #[expect(clippy::disallowed_methods, reason = "a login sends the password to the server, encrypted")]
    pub async fn login(&self, credential: &Credential) -> Login {
        let Self { host, port, .. } = self;
        super::cryptography();
        let Some(parameters) = self.parameters() else {
            return Login::Unknown(format!("the certificate for {host} cannot be read"));
        };
        let tls = match self.encryption {
            Encryption::StartTls => Tls::Required(parameters),
            Encryption::Implicit => Tls::Wrapper(parameters),
        };
        let user = credential.user.clone().unwrap_or_default();
        let transport: AsyncSmtpTransport<Tokio1Executor> =
            AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
                .port(*port)
                .tls(tls)
                .timeout(Some(self.patience))
                .hello_name(ClientId::Domain("localhost".to_string()))
                .authentication(vec![Mechanism::Plain, Mechanism::Login])
                .credentials(Credentials::new(user, credential.password.expose().clone()))
                .build();
        // The transport's own patience ends with the connection: a server that then says nothing would be waited for.
        let error = match tokio::time::timeout(self.patience, transport.test_connection()).await {
            Ok(Ok(_)) => return Login::Works,
            Ok(Err(error)) => error,
            Err(_) => return Login::Unknown(format!("{host}:{port} does not answer")),
        };
        // A server's text may quote the user, and some quote what was sent.
        match error.status().map(u16::from) {
            Some(525 | 535) => Login::Refused,
            Some(code) => Login::Unknown(format!("{host}:{port} answers {code}")),
            None if error.is_timeout() => Login::Unknown(format!("{host}:{port} does not answer")),
            None if error.is_tls() || breaks_tls(&error) => {
                Login::Unknown(format!("{host}:{port} has no certificate that is trusted here, or speaks no TLS"))
            }
            None if error.is_client() => Login::Unknown(format!("{host}:{port} offers no encrypted login by password")),
            None => Login::Unknown(format!("{host}:{port} cannot be reached")),
        }
    }

    fn parameters(&self) -> Option<TlsParameters> {
        let builder = TlsParameters::builder(self.host.clone());
        let builder = match &self.ca {
            Some(pem) => builder.add_root_certificate(Certificate::from_pem(pem).ok()?),
            None => builder,
        };
        builder.build_rustls().ok()
    }
}

fn breaks_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    // An I/O error passes over the error that it wraps when it is asked for its source.
    let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    let cause = wrapped.map(|error| error as &(dyn std::error::Error + 'static)).or_else(|| error.source());
    error.is::<rustls::Error>() || cause.is_some_and(breaks_tls)
}
