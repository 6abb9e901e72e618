//! Which function a caller means.

/// The region of every ARN.
pub const REGION: &str = "us-east-1";
/// The account of every ARN.
pub const ACCOUNT: &str = "000000000000";
/// The only version there is: the emulator publishes none.
pub const LATEST: &str = "$LATEST";

/// A function as a caller named it: by name, partial ARN or ARN, with or without a qualifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionName {
    /// The function's own name.
    pub name: String,
    /// A version or an alias. Every one is taken for [`LATEST`].
    pub qualifier: Option<String>,
}

impl FunctionName {
    /// Reads `name`, `name:qualifier`, `account:function:name` or `arn:aws:lambda:…:function:name[:qualifier]`.
    pub fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split(':').collect();
        let (name, qualifier) = match parts.as_slice() {
            ["arn", _, "lambda", _, _, "function", rest @ ..] | [_, "function", rest @ ..] => match rest {
                [name] => (*name, None),
                [name, qualifier] => (*name, Some(*qualifier)),
                _ => return None,
            },
            [name] => (*name, None),
            [name, qualifier] => (*name, Some(*qualifier)),
            _ => return None,
        };
        let valid = |part: &str| {
            !part.is_empty()
                && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '$'))
        };
        (valid(name) && qualifier.is_none_or(valid))
            .then(|| Self { name: name.to_owned(), qualifier: qualifier.map(str::to_owned) })
    }

    /// The same with `qualifier`, which a caller has named beside it; nothing where it is none, or another one than that
    /// of the name.
    pub fn qualified(self, qualifier: &str) -> Option<Self> {
        let named = Self::parse(&format!("{}:{qualifier}", self.name))?;
        self.qualifier.is_none_or(|own| own == qualifier).then_some(named)
    }

    /// The ARN that the function is told it was invoked by.
    pub fn arn(&self) -> String {
        match &self.qualifier {
            Some(qualifier) => format!("{}:{qualifier}", arn(&self.name)),
            None => arn(&self.name),
        }
    }
}

/// A function's ARN, without a qualifier.
pub fn arn(name: &str) -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_name_is_understood() {
        let plain = |name: &str| Some(FunctionName { name: name.into(), qualifier: None });
        let live = Some(FunctionName { name: "greet".into(), qualifier: Some("live".into()) });
        assert_eq!(FunctionName::parse("greet"), plain("greet"));
        assert_eq!(FunctionName::parse("greet:live"), live);
        assert_eq!(FunctionName::parse("123456789012:function:greet"), plain("greet"));
        assert_eq!(
            FunctionName::parse("arn:aws:lambda:eu-west-1:123456789012:function:greet"),
            plain("greet")
        );
        assert_eq!(FunctionName::parse("arn:aws:lambda:eu-west-1:123456789012:function:greet:live"), live);
        assert_eq!(FunctionName::parse("greet:$LATEST").unwrap().qualifier.unwrap(), LATEST);
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in ["", ":", "a b", "greet:", "../etc", "arn:aws:lambda:x:y:function", "a:function:b:c:d"] {
            assert_eq!(FunctionName::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_qualifier_beside_the_name_must_not_contradict_it() {
        let qualified = |name: &str, qualifier| FunctionName::parse(name).unwrap().qualified(qualifier);
        assert_eq!(qualified("greet", "live"), FunctionName::parse("greet:live"));
        assert_eq!(qualified("greet:live", "live"), FunctionName::parse("greet:live"));
        assert_eq!(qualified("greet:live", "7"), None);
        assert_eq!(qualified("greet", "a b"), None);
        assert_eq!(qualified("greet", "a:b"), None);
    }

    #[test]
    fn an_arn_names_the_qualifier_that_was_asked_for() {
        let arn = |text: &str| FunctionName::parse(text).unwrap().arn();
        assert_eq!(arn("greet"), "arn:aws:lambda:us-east-1:000000000000:function:greet");
        assert_eq!(arn("greet:live"), "arn:aws:lambda:us-east-1:000000000000:function:greet:live");
    }
}
