//! How much a submission may be.

/// Bounds on what intake reads of a submission, so that none of them can fill memory, disk or an afternoon.
#[derive(Clone, Copy, Debug)]
pub struct Caps {
    /// Bytes of an archive as it was handed in.
    pub archive_bytes: u64,
    /// Members of an archive, or files and folders of a folder, of whatever kind.
    pub entries: usize,
    /// Bytes that an archive may unpack to, also those of members that are not taken.
    pub unpacked_bytes: u64,
    /// How many times its size an archive may unpack to, once it is past [`Caps::ratio_from_bytes`].
    pub ratio: u64,
    /// Below this many unpacked bytes no ratio is suspicious: a small file of spaces packs well.
    pub ratio_from_bytes: u64,
    /// Files that are taken.
    pub files: usize,
    /// Bytes of one file that is taken.
    pub file_bytes: u64,
    /// Bytes of all files that are taken.
    pub taken_bytes: u64,
    /// Bytes of a member's path.
    pub path_bytes: usize,
    /// Folders above a member.
    pub depth: usize,
}

impl Default for Caps {
    /// Exercise 2, the largest, has 30 files of 150 KiB in all; a checkout has some 600 files outside `target`.
    fn default() -> Self {
        Self {
            archive_bytes: 64 << 20,
            entries: 20_000,
            unpacked_bytes: 256 << 20,
            ratio: 200,
            ratio_from_bytes: 8 << 20,
            files: 200,
            file_bytes: 512 << 10,
            taken_bytes: 4 << 20,
            path_bytes: 512,
            depth: 16,
        }
    }
}
