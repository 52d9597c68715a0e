//! The 64-bit hash function XXH64, as databases and query engines have it.

const PRIME_1: u64 = 0x9E37_79B1_85EB_CA87;
const PRIME_2: u64 = 0xC2B2_AE3D_27D4_EB4F;
const PRIME_3: u64 = 0x1656_67B1_9E37_79F9;
const PRIME_4: u64 = 0x85EB_CA77_C2B2_AE63;
const PRIME_5: u64 = 0x27D4_EB2F_1656_67C5;

/// XXH64 of bytes under a seed (Collet, *xxHash fast digest algorithm*, version 0.1.1).
pub fn xxhash64(bytes: &[u8], seed: u64) -> u64 {
    let (stripes, rest) = bytes.as_chunks::<32>();
    let mut hash =
        if stripes.is_empty() { seed.wrapping_add(PRIME_5) } else { of_stripes(stripes, seed) };
    hash = hash.wrapping_add(bytes.len() as u64);
    let (words, rest) = rest.as_chunks::<8>();
    for word in words {
        hash ^= round(0, u64::from_le_bytes(*word));
        hash = hash.rotate_left(27).wrapping_mul(PRIME_1).wrapping_add(PRIME_4);
    }
    let (halves, rest) = rest.as_chunks::<4>();
    for half in halves {
        hash ^= u64::from(u32::from_le_bytes(*half)).wrapping_mul(PRIME_1);
        hash = hash.rotate_left(23).wrapping_mul(PRIME_2).wrapping_add(PRIME_3);
    }
    for byte in rest {
        hash ^= u64::from(*byte).wrapping_mul(PRIME_5);
        hash = hash.rotate_left(11).wrapping_mul(PRIME_1);
    }
    hash = (hash ^ (hash >> 33)).wrapping_mul(PRIME_2);
    hash = (hash ^ (hash >> 29)).wrapping_mul(PRIME_3);
    hash ^ (hash >> 32)
}

fn round(accumulator: u64, word: u64) -> u64 {
    let mixed = accumulator.wrapping_add(word.wrapping_mul(PRIME_2));
    mixed.rotate_left(31).wrapping_mul(PRIME_1)
}

fn of_stripes(stripes: &[[u8; 32]], seed: u64) -> u64 {
    let mut lanes = [
        seed.wrapping_add(PRIME_1).wrapping_add(PRIME_2),
        seed.wrapping_add(PRIME_2),
        seed,
        seed.wrapping_sub(PRIME_1),
    ];
    for stripe in stripes {
        for (lane, word) in lanes.iter_mut().zip(stripe.as_chunks::<8>().0) {
            *lane = round(*lane, u64::from_le_bytes(*word));
        }
    }
    let turned = lanes.iter().zip([1, 7, 12, 18]).map(|(lane, by)| lane.rotate_left(by));
    let sum = turned.fold(0, u64::wrapping_add);
    lanes.iter().fold(sum, |hash: u64, &lane| {
        (hash ^ round(0, lane)).wrapping_mul(PRIME_1).wrapping_add(PRIME_4)
    })
}

#[cfg(test)]
mod tests {
    use super::xxhash64;

    #[test]
    fn hashes_are_those_of_the_reference_library() {
        // python-xxhash 4.1.0 (libxxhash 0.8.4): xxhash.xxh64_intdigest(text.encode(), seed=42).
        let long = "x".repeat(100);
        let known = [
            ("", 0x98b1_582b_0977_e704),
            ("a", 0x88e4_fe59_adf7_b0cc),
            ("student-1", 0xd37a_a8fd_8164_ee1e),
            ("학생-42", 0x3483_36ed_7198_7d8b),
            ("a1b2c3d4", 0x49cc_fba5_e97e_90ba),
            ("user-0123456789", 0x6868_7ace_3324_d9e9),
            ("0f8fad5b-d9cb-469f-a165-70867728950e", 0x0c8b_b0e6_5be5_0be0),
            ("abcdefghijklmnopqrstuvwxyz012345", 0x0314_6eac_1778_671e),
            (&long, 0x0513_5597_82e4_86c7),
        ];
        for (text, hash) in known {
            assert_eq!(xxhash64(text.as_bytes(), 42), hash, "{text}");
        }
    }
}
