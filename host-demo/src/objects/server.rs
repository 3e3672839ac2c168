//! The Server object: encodings, and where files are.

use super::{HostResult, argument_text, text, throw};
use crate::shared::Shared;
use interp::HostValue;

pub(super) fn operation(name: &str, arguments: &[HostValue], shared: &Shared, page: &str) -> HostResult {
    let argument = argument_text(arguments, 0);
    Ok(match name {
        "htmlEncode" => text(crate::error::escape(argument)),
        "urlEncode" => text(form_urlencoded::byte_serialize(argument.as_bytes()).collect::<String>()),
        "mapPath" => match crate::site::join(page, argument) {
            Some(path) => text(shared.site.map_path(&path)),
            None => return Err(throw("Error", "Server.MapPath: the path leaves the site")),
        },
        _ => HostValue::Number(shared.config.limits.time().as_secs_f64()),
    })
}
