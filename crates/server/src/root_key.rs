//! The file with the root key.
//!
//! A file that any user of the machine can read is refused: a key that may have been copied must be
//! looked after before more is sealed with it. One that its group can read is used with a warning,
//! because that is how container platforms mount secrets.

use std::{
    fs::File,
    io::{self, Read as _},
    os::unix::fs::MetadataExt as _,
    path::Path,
};

use cardfile_vault::RootKey;
use zeroize::Zeroizing;

use crate::{data_dir::write_new, fault::Fault};

const OTHERS_CAN_READ: u32 = 0o007;
const GROUP_CAN_READ: u32 = 0o070;
/// Far more than a root key has, and little enough to read any file that is named by mistake.
const FILE_BYTES_MAX: u32 = 4096;

/// Reads the root key, if there is a file.
pub(crate) fn read(path: &Path) -> Result<Option<RootKey>, Fault> {
    let unreadable = |error: io::Error| {
        Fault::data_dir(format!(
            "The root key file \"{}\" cannot be read: {error}.",
            path.display()
        ))
    };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    check_mode(path, file.metadata().map_err(unreadable)?.mode())?;
    // Large enough from the start, so that no copy is left behind by growing.
    let mut text = Zeroizing::new(String::with_capacity(FILE_BYTES_MAX as usize));
    file.take(FILE_BYTES_MAX.into()).read_to_string(&mut text).map_err(unreadable)?;
    RootKey::from_file_text(&text).map(Some).map_err(|error| {
        Fault::data_dir(format!(
            "The root key file \"{}\" cannot be used: {error}.",
            path.display()
        ))
    })
}

/// Makes a root key and its file; true if this call made it, false if another process was faster
/// and its key is used.
pub(crate) fn make(path: &Path) -> Result<(RootKey, bool), Fault> {
    let key = RootKey::generate().map_err(|error| Fault::other(format!("{error}.")))?;
    let made = write_new(path, key.to_file_text().as_bytes()).map_err(|error| {
        Fault::data_dir(format!(
            "The root key file \"{}\" cannot be made: {error}.",
            path.display()
        ))
    })?;
    if made {
        return Ok((key, true));
    }
    let key = read(path)?.ok_or_else(|| missing(path))?;
    Ok((key, false))
}

/// There is a database, but the key that opens it is gone.
pub(crate) fn missing(path: &Path) -> Fault {
    Fault::data_dir(format!(
        "The root key file \"{}\" is missing, and without it no card number in the database can be \
         opened; restore it from a copy, or name it with --root-key-file.",
        path.display()
    ))
}

fn check_mode(path: &Path, mode: u32) -> Result<(), Fault> {
    if mode & OTHERS_CAN_READ != 0 {
        return Err(Fault::data_dir(format!(
            "The root key file \"{0}\" can be read by every user of this machine; find out who did, \
             then `chmod 600 {0}`.",
            path.display()
        )));
    }
    if mode & GROUP_CAN_READ != 0 {
        tracing::warn!(path = %path.display(), "the root key file can be read by its group");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    use tempfile::TempDir;

    use super::*;

    fn with_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn a_key_that_was_made_is_read_back_and_never_made_again() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("root.key");
        assert!(read(&path).unwrap().is_none());
        let (first, made) = make(&path).unwrap();
        assert!(made);
        let (second, made) = make(&path).unwrap();
        assert!(!made);
        assert_eq!(*first.to_file_text(), *second.to_file_text());
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_key_that_everybody_can_read_is_refused_and_one_for_a_group_is_not() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("root.key");
        make(&path).unwrap();
        with_mode(&path, 0o604);
        let fault = read(&path).unwrap_err();
        assert_eq!(fault.exit_code(), 3);
        assert!(fault.to_string().contains("chmod 600"), "{fault}");
        with_mode(&path, 0o440);
        assert!(read(&path).unwrap().is_some());
    }

    #[test]
    fn a_file_that_is_no_key_is_not_quoted() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("root.key");
        write_new(&path, b"hunter2").unwrap();
        let fault = read(&path).unwrap_err();
        assert!(!fault.to_string().contains("hunter2"), "{fault}");
        assert!(fault.to_string().contains("not a root key"), "{fault}");
    }
}
