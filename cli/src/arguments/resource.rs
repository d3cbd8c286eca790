//! Resources on the command line: paths in Graph.

use drivebell::{Error, Resource};
use percent_encoding::percent_decode_str;

/// Ids may be percent-encoded, as in a URL. The leading slash may be missing, because some shells on
/// Windows rewrite an argument that begins with one.
pub(crate) fn parse(text: &str) -> Result<Resource, String> {
    if text.ends_with("/subscriptions/socketIo") {
        return Resource::path(text, None).map_err(|error| error.to_string());
    }
    let path = text.strip_prefix('/').unwrap_or(text);
    let path = path.strip_suffix('/').unwrap_or(path);
    let mut segments: Vec<&str> = path.split('/').collect();
    // Graph's name for the same drive in other requests.
    if segments.len() > 2 && segments.last() == Some(&"root") {
        segments.pop();
    }
    let resource = match segments[..] {
        ["me", "drive"] => Ok(Resource::my_drive()),
        ["drives", id] => Resource::drive(&id_of(id)?),
        ["drives", id, "list"] => Resource::drive_list(&id_of(id)?),
        ["users", id, "drive"] => Resource::user_drive(&id_of(id)?),
        ["groups", id, "drive"] => Resource::group_drive(&id_of(id)?),
        ["sites", id, "drive"] => Resource::site_drive(&id_of(id)?),
        ["sites", site, "lists", list, "drive"] => {
            Resource::site_list_drive(&id_of(site)?, &id_of(list)?)
        }
        ["sites", site, "lists", list] => Resource::site_list(&id_of(site)?, &id_of(list)?),
        _ => return Err(unknown()),
    };
    resource.map_err(|error: Error| error.to_string())
}

fn id_of(segment: &str) -> Result<String, String> {
    let id = percent_decode_str(segment).decode_utf8();
    let id = id.map_err(|_| "an id is percent-encoded, but not as UTF-8".to_owned())?;
    Ok(id.into_owned())
}

fn unknown() -> String {
    "is no drive or list; write /me/drive, /drives/ID, /sites/ID/lists/ID/drive or another path \
     that --help lists"
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_graph_are_read() {
        for (text, path) in [
            ("/me/drive", "/me/drive/root"),
            ("me/drive", "/me/drive/root"),
            ("/me/drive/root", "/me/drive/root"),
            ("/me/drive/", "/me/drive/root"),
            ("/drives/b!x", "/drives/b!x/root"),
            ("/drives/b%21x", "/drives/b!x/root"),
            ("/drives/root", "/drives/root/root"),
            ("/drives/b!x/list", "/drives/b!x/list"),
            ("/users/a@b.example/drive", "/users/a@b.example/drive/root"),
            ("/groups/g/drive", "/groups/g/drive/root"),
            ("/sites/root/drive", "/sites/root/drive/root"),
            (
                "/sites/a,b,c/lists/l/drive",
                "/sites/a,b,c/lists/l/drive/root",
            ),
            ("/sites/a,b,c/lists/l", "/sites/a,b,c/lists/l"),
            ("/x/y/subscriptions/socketIo", "/x/y"),
        ] {
            assert_eq!(parse(text).unwrap().to_string(), path, "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "/",
            "me",
            "/me/drives",
            "/drives",
            "/drives/",
            "/drives//list",
            "/drives/a%2Fb",
            "/drives/..",
            "/drives/%ff",
            "/drives/x/items/y",
            "https://graph.microsoft.com/v1.0/me/drive",
            "/me/../you/subscriptions/socketIo",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
