//! Docker: whether an engine answers, whether it has the image, and what runs left in it.

use lab_docker::{Engine, IMAGE, Trouble};

use super::Check;
use super::cause::Cause;
use crate::course::Course;
use crate::leftovers;

/// What follows where the image is absent and can be had.
const WILL_PULL: &str = "it is pulled on the first run, about 200 MB";

/// The engine and the image, given the value of `DYNAMODB`. Without Docker nothing fails, unless it is asked for.
pub fn docker(dynamodb: Option<&str>) -> Vec<Check> {
    check(Engine::find(), dynamodb.unwrap_or("auto"))
}

fn check(engine: Result<Engine, Trouble>, dynamodb: &str) -> Vec<Check> {
    let engine = match engine {
        Ok(engine) => engine,
        Err(trouble) => return vec![no_engine(&trouble, dynamodb)],
    };
    let image = if engine.has_image() {
        Check::good("image", IMAGE)
    } else {
        image_absent(engine.can_pull_image(), dynamodb)
    };
    vec![Check::good("Docker", "an engine answers"), image]
}

fn no_engine(trouble: &Trouble, dynamodb: &str) -> Check {
    let cause = match trouble {
        Trouble::Absent(_) => Cause::DockerAbsent,
        Trouble::Refused(_) => Cause::DockerRefused,
        Trouble::NoPermission(_) => Cause::DockerNoPermission,
    };
    if dynamodb == "container" {
        return Check::bad("Docker", cause, format!("{trouble}; and DYNAMODB=container asks for it"));
    }
    Check::note("Docker", cause, format!("{trouble}; the embedded engine is used"))
}

fn image_absent(pull: Result<(), String>, dynamodb: &str) -> Check {
    let can_be_had = pull.is_ok();
    let what_follows = match pull {
        Ok(()) => format!("its registry has it, and {WILL_PULL}"),
        Err(why) => format!("and it can't be pulled ({why})"),
    };
    let message = format!("the engine does not have {IMAGE}: {what_follows}");
    if dynamodb == "container" && !can_be_had {
        return Check::bad("image", Cause::ImageAbsent, message);
    }
    Check::note("image", Cause::ImageAbsent, message)
}

/// What runs left behind.
pub fn leftovers(course: &Course) -> Check {
    let left = leftovers::find(course);
    if left.is_empty() {
        return Check::good("leftovers", "none");
    }
    let names: Vec<String> = left.iter().map(|left| format!("{} {}", left.kind(), left.name())).collect();
    Check::note("leftovers", Cause::LeftBehind, names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Level;

    fn one(trouble: Trouble, dynamodb: &str) -> Check {
        check(Err(trouble), dynamodb).remove(0)
    }

    #[test]
    fn without_docker_the_embedded_engine_is_used_and_nothing_is_wrong() {
        let check = one(Trouble::Absent("no socket".into()), "auto");
        assert_eq!((check.level, check.cause), (Level::Note, Some(Cause::DockerAbsent)));
        assert!(check.message.contains("the embedded engine is used"));
    }

    #[test]
    fn who_asks_for_a_container_is_told_why_there_is_none() {
        let causes = [
            (Trouble::Absent(String::new()), Cause::DockerAbsent),
            (Trouble::Refused(String::new()), Cause::DockerRefused),
            (Trouble::NoPermission(String::new()), Cause::DockerNoPermission),
        ];
        for (trouble, cause) in causes {
            let check = one(trouble, "container");
            assert_eq!((check.level, check.cause), (Level::Bad, Some(cause)));
        }
    }

    #[test]
    fn a_missing_image_is_only_wrong_where_it_is_asked_for_and_can_not_be_had() {
        let refused = || Err("no route".to_owned());
        assert_eq!(image_absent(refused(), "auto").level, Level::Note);
        assert_eq!(image_absent(Ok(()), "container").level, Level::Note);
        let check = image_absent(refused(), "container");
        assert_eq!(check.level, Level::Bad);
        assert!(check.message.ends_with("and it can't be pulled (no route)"), "{}", check.message);
    }
}
