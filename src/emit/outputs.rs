//! Which file each service's settings go to, and in which format.

use std::path::PathBuf;

use super::{Document, FORMATS, Format, Line, Readers, Unwritable, external_secret, format};
use crate::model::{Placement, Service};

/// One service's settings on their way into one file.
pub struct Job<'a> {
    /// The service.
    pub service: Service,
    /// The settings, in order.
    pub lines: Vec<Line<'a>>,
}

/// A format that cannot be had for a service.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoFormat {
    /// There is none of that name.
    #[error("there is no format `{name}`; formats are {}", names())]
    Unknown {
        /// The name.
        name: String,
    },
    /// It is Python, and the service reads an environment.
    #[error("`{name}` is a Python module, which {service} does not read")]
    NotPython {
        /// The name.
        name: String,
        /// The service.
        service: Service,
    },
}

fn names() -> String {
    FORMATS.iter().map(|format| format.name()).chain([external_secret::NAME]).collect::<Vec<_>>().join(", ")
}

/// The format of a service's file: asked for, else its own.
pub fn format_of(service: Service, asked: Option<&str>) -> Result<&'static dyn Format, NoFormat> {
    let own = if service == Service::Django { "python" } else { "systemd" };
    let name = asked.unwrap_or(own);
    let format = format(name).ok_or_else(|| NoFormat::Unknown { name: name.to_string() })?;
    if format.readers() == Readers::Django && service != Service::Django {
        return Err(NoFormat::NotPython { name: name.to_string(), service });
    }
    Ok(format)
}

/// The folder of an output: `HOST/NAME`, or `NAME` in containers.
pub fn folder(placement: &Placement, name: &str) -> PathBuf {
    placement.host().map_or_else(PathBuf::new, PathBuf::from).join(name)
}

/// Where a service's file of a format goes, below the environment's folder.
pub fn path(service: Service, placement: &Placement, format: &dyn Format) -> PathBuf {
    folder(placement, service.name()).join(format.file_name())
}

/// Writes a service's settings.
pub fn write(job: &Job<'_>, environment: &str, format: &dyn Format) -> Result<Vec<u8>, Vec<Unwritable>> {
    format.write(&Document { service: job.service, environment, lines: &job.lines })
}
