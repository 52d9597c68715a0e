//! Random words from a counter.

const MULTIPLIER_0: u32 = 0xD251_1F53;
const MULTIPLIER_1: u32 = 0xCD9E_8D57;
const WEYL_0: u32 = 0x9E37_79B9;
const WEYL_1: u32 = 0xBB67_AE85;

/// The Philox 4×32 block function with 10 rounds (Salmon, Moraes, Dror & Shaw 2011): four random
/// words from a 128-bit counter and a 64-bit key, without any state.
pub fn philox4x32(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    philox4x32_lanes(counter.map(|word| [word]), key).map(|[word]| word)
}

/// The same of several counters side by side, which vector instructions do at once.
#[inline(always)]
#[allow(clippy::inline_always)] // the vector instructions of the caller must reach the loops
#[allow(clippy::needless_range_loop)] // four rows go side by side
pub(crate) fn philox4x32_lanes<const N: usize>(
    mut counter: [[u32; N]; 4],
    mut key: [u32; 2],
) -> [[u32; N]; 4] {
    for _ in 0..10 {
        for lane in 0..N {
            let [a, b, c, d] = [0, 1, 2, 3].map(|word: usize| counter[word][lane]);
            let (high_0, low_0) = wide_product(MULTIPLIER_0, a);
            let (high_1, low_1) = wide_product(MULTIPLIER_1, c);
            counter[0][lane] = high_1 ^ b ^ key[0];
            counter[1][lane] = low_1;
            counter[2][lane] = high_0 ^ d ^ key[1];
            counter[3][lane] = low_0;
        }
        key = [key[0].wrapping_add(WEYL_0), key[1].wrapping_add(WEYL_1)];
    }
    counter
}

#[inline(always)]
#[allow(clippy::inline_always)] // as above
fn wide_product(a: u32, b: u32) -> (u32, u32) {
    let product = u64::from(a) * u64::from(b);
    ((product >> 32) as u32, product as u32)
}

#[cfg(test)]
mod tests {
    use super::philox4x32;

    #[test]
    fn known_answers() {
        // Random123 1.09, kat_vectors, philox4x32 with 10 rounds.
        let zero = philox4x32([0; 4], [0; 2]);
        assert_eq!(zero, [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        let ones = philox4x32([u32::MAX; 4], [u32::MAX; 2]);
        assert_eq!(ones, [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        let pi = philox4x32(
            [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
            [0xa409_3822, 0x299f_31d0],
        );
        assert_eq!(pi, [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]);
    }
}
