//! Which files of a directory are meant.

use globset::{GlobBuilder, GlobMatcher};

use super::super::fault::{Code, Fault, Outcome};

/// Those that one of the first matches, or all where there are none, but for those that one of the others matches.
pub(super) struct Globs {
    include: Vec<Glob>,
    exclude: Vec<Glob>,
}

struct Glob {
    matcher: GlobMatcher,
    /// Of the whole path from the directory on, instead of its last name.
    is_of_path: bool,
}

impl Globs {
    /// # Errors
    /// S210 for what is no glob.
    pub fn new(include: &[String], exclude: &[String]) -> Outcome<Self> {
        let globs = |field, globs: &[String]| globs.iter().map(|glob| Glob::new(field, glob)).collect::<Outcome<_>>();
        Ok(Self {
            include: globs("include_glob", include)?,
            exclude: globs("exclude_glob", exclude)?,
        })
    }

    /// Whether the file with this path from the directory on is meant.
    pub fn take(&self, path: &str) -> bool {
        let is_in = |globs: &[Glob]| globs.iter().any(|glob| glob.matches(path));
        (self.include.is_empty() || is_in(&self.include)) && !is_in(&self.exclude)
    }
}

impl Glob {
    fn new(field: &str, glob: &str) -> Outcome<Self> {
        let glob = glob.strip_prefix("./").unwrap_or(glob);
        let built = GlobBuilder::new(glob).literal_separator(true).build();
        let built = built.map_err(|_| Fault::new(Code::S210, format!("`{field}` has an entry that is no glob")))?;
        Ok(Self {
            matcher: built.compile_matcher(),
            is_of_path: glob.contains('/'),
        })
    }

    fn matches(&self, path: &str) -> bool {
        let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
        self.matcher.is_match(if self.is_of_path { path } else { name })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(include: &[&str], exclude: &[&str]) -> Vec<&'static str> {
        let owned = |globs: &[&str]| globs.iter().map(|glob| (*glob).to_owned()).collect::<Vec<_>>();
        let globs = Globs::new(&owned(include), &owned(exclude)).expect("globs");
        let paths = ["a.rs", "b.py", "src/a.rs", "src/deep/c.rs", "src/deep/[x]"];
        paths.into_iter().filter(|path| globs.take(path)).collect()
    }

    #[test]
    fn a_glob_with_a_slash_is_of_the_whole_path_and_another_of_the_name() {
        assert_eq!(taken(&[], &[]).len(), 5);
        assert_eq!(taken(&["*.rs"], &[]), ["a.rs", "src/a.rs", "src/deep/c.rs"]);
        assert_eq!(taken(&["src/*.rs"], &[]), ["src/a.rs"]);
        assert_eq!(taken(&["./src/*.rs"], &[]), ["src/a.rs"]);
        assert_eq!(taken(&["src/**"], &[]), ["src/a.rs", "src/deep/c.rs", "src/deep/[x]"]);
        assert_eq!(taken(&["**/*.rs"], &["src/**"]), ["a.rs"]);
        assert_eq!(taken(&["?.{py,rs}"], &["c*"]), ["a.rs", "b.py", "src/a.rs"]);
        assert_eq!(taken(&["\\[x\\]"], &[]), ["src/deep/[x]"]);
        assert_eq!(taken(&["deep"], &[]), <[&str; 0]>::default());
    }

    #[test]
    fn what_is_no_glob_is_s210() {
        for glob in ["[", "{a", "a\\"] {
            let fault = Globs::new(&[], &[glob.to_owned()]).err().expect(glob);
            assert_eq!(
                (fault.code(), fault.message().contains("`exclude_glob`")),
                (Code::S210, true)
            );
        }
    }
}
