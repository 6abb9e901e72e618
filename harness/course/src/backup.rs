//! What a command takes away from the reader's work is kept first: `.course/backups/<time>/`, under the same path.

use std::path::{Path, PathBuf};

use crate::course::Course;
use crate::failure::Failure;
use crate::progress::{now_ms, write_whole};

/// Files that are about to be overwritten or removed. Nothing is made on disk before the first of them.
#[derive(Debug)]
pub struct Backup<'a> {
    course: &'a Course,
    folder: PathBuf,
    kept: usize,
}

impl<'a> Backup<'a> {
    /// A new backup of `course`, named by the time.
    pub fn new(course: &'a Course) -> Self {
        let backups = course.own_folder().join("backups");
        let name = stamp(now_ms() / 1000);
        let folder = std::iter::once(name.clone())
            .chain((2..=u32::MAX).map(|count| format!("{name}-{count}")))
            .map(|name| backups.join(name))
            .find(|folder| !folder.exists())
            .expect("there are more numbers than backups");
        Self { course, folder, kept: 0 }
    }

    /// Keeps a file of the course, if it is there.
    pub fn keep(&mut self, file: &Path) -> Result<(), Failure> {
        if file.is_file() {
            let bytes = std::fs::read(file).map_err(Failure::io("read", file))?;
            self.keep_as(&self.course.shown(file), &bytes)?;
        }
        Ok(())
    }

    /// Keeps `bytes` under a path of the course.
    pub fn keep_as(&mut self, path: &str, bytes: &[u8]) -> Result<(), Failure> {
        let kept = self.folder.join(path);
        write_whole(&kept, bytes).map_err(Failure::io("write", &kept))?;
        self.kept += 1;
        Ok(())
    }

    /// Where it is, from the course's root; `None` where there was nothing to keep.
    pub fn shown(&self) -> Option<String> {
        (self.kept > 0).then(|| self.course.shown(&self.folder))
    }
}

/// Seconds since 1970 as `2026-07-31-154500`, in UTC. Howard Hinnant's `civil_from_days`.
fn stamp(seconds: u64) -> String {
    let days = i64::try_from(seconds / 86_400).expect("the year is below 25,000,000,000,000,000") + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}-{hour:02}{minute:02}{second:02}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use tempfile::tempdir;

    #[test]
    fn a_time_is_a_date() {
        assert_eq!(stamp(0), "1970-01-01-000000");
        assert_eq!(stamp(951_827_696), "2000-02-29-123456");
        assert_eq!(stamp(1_767_225_599), "2025-12-31-235959");
    }

    #[test]
    fn two_backups_of_one_second_do_not_meet() {
        let scratch = tempdir().unwrap();
        let course = sample::course(scratch.path());
        let file = course.exercises[0].folder.join("src/one.rs");
        let mut first = Backup::new(&course);
        assert_eq!(first.shown(), None);
        first.keep(&file).unwrap();
        std::fs::write(&file, "later\n").unwrap();
        let mut second = Backup::new(&course);
        second.keep(&file).unwrap();
        let read = |backup: &Backup| {
            std::fs::read_to_string(backup.folder.join("exercises/01-sample/src/one.rs")).unwrap()
        };
        assert_eq!((read(&first).as_str(), read(&second).as_str()), (sample::STARTER, "later\n"));
    }
}
