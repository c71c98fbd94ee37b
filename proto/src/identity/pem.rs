//! PEM text (RFC 7468), so that `openssl x509` and `openssl pkey` read what we write.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The PEM block `label` around `der`.
pub(super) fn pem(label: &str, der: &[u8]) -> String {
    // the buffer never grows, so no copy of a key stays behind in freed memory
    let mut out = String::with_capacity(der.len() / 3 * 4 + der.len() / 48 + 2 * label.len() + 48);
    out.push_str(&format!("-----BEGIN {label}-----\n"));
    for line in der.chunks(48) {
        for three in line.chunks(3) {
            push_four(&mut out, three);
        }
        out.push('\n');
    }
    out.push_str(&format!("-----END {label}-----\n"));
    out
}

/// Up to three bytes as four characters.
fn push_four(out: &mut String, three: &[u8]) {
    let bits = three.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
    for i in 0..4 {
        let six = (bits >> (18 - 6 * i)) as usize & 63;
        out.push(if i <= three.len() { char::from(ALPHABET[six]) } else { '=' });
    }
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;

    use super::pem;

    #[test]
    fn any_length_reads_back() {
        for len in 0..100_u8 {
            let der: Vec<u8> = (0..len).map(|i| i.wrapping_mul(167)).collect();
            let text = pem("CERTIFICATE", &der);
            assert_eq!(CertificateDer::from_pem_slice(text.as_bytes()).unwrap().as_ref(), der, "{len}");
        }
    }
}
