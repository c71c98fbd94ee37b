use super::*;

#[test]
fn a_key_signs_saves_and_reads_back() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("link.key");
    let key = SecretKey::generate();
    key.save(&path).unwrap();
    key.save(&path).unwrap();
    let back = SecretKey::load(&path).unwrap();
    let signature = key.sign(b"message");
    assert_eq!(back.public().verify(b"message", &signature), Ok(()));
    assert_eq!(back.public().verify(b"Message", &signature), Err(BadSignature));
    assert_eq!(SecretKey::generate().public().verify(b"message", &signature), Err(BadSignature));
    assert!(
        !format!("{key:?}")
            .contains(&key.pkcs8()[16..20].iter().map(|b| format!("{b:02x}")).collect::<String>())
    );
}

#[test]
fn the_hash_is_over_the_whole_spki() {
    let key = SecretKey::generate().public();
    assert_eq!(SpkiHash(sha256(&key.subject_public_key_info())), key.spki_hash());
}

#[test]
fn a_file_that_is_no_key_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("link.key");
    assert!(matches!(SecretKey::load(&path), Err(KeyFileError::Io { .. })));
    private_file(&path)
        .unwrap()
        .write_all(b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
        .unwrap();
    let error = SecretKey::load(&path).unwrap_err();
    assert!(matches!(error, KeyFileError::NotAKey { .. }));
    assert!(error.say(Lang::En).contains("link.key") && error.say(Lang::Zh).contains("link.key"));
}

#[cfg(unix)]
#[test]
fn a_key_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("link.key");
    SecretKey::generate().save(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(SecretKey::load(&path), Err(KeyFileError::Exposed { mode: 0o644, .. })));
}
