//! What a caller of `exec` wants to be run: a program and its arguments, said in one of three ways.

use super::fault::{Code, Fault, Outcome};

/// A program with its arguments, which nothing splits or expands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Command {
    pub program: String,
    pub arguments: Vec<String>,
}

impl Command {
    /// `argv` stands by itself. Else `cmd` is the program and `args` are its arguments, or, where there are none, `cmd` is a
    /// line that is split at blanks that are not quoted.
    ///
    /// # Errors
    /// S001 for a mixture of these, for quotes that are not closed and for nothing at all.
    pub fn of(cmd: &str, args: Vec<String>, argv: Option<Vec<String>>) -> Outcome<Self> {
        let is_line = cmd.contains(char::is_whitespace);
        let words = match argv.filter(|argv| !argv.is_empty()) {
            Some(_) if !cmd.is_empty() || !args.is_empty() => {
                return Err(mixed("`argv` stands for `cmd` and `args`: give either it or them"));
            }
            Some(argv) => argv,
            None if is_line && !args.is_empty() => {
                let fault = mixed("`cmd` is a line of several words, which `args` cannot be added to");
                return Err(fault.noted("give the program as `cmd` and every argument in `args`"));
            }
            None if is_line => {
                shlex::split(cmd).ok_or_else(|| Fault::bad_input("cmd", "has a quote that is not closed"))?
            }
            None => [vec![cmd.to_owned()], args].concat(),
        };
        if words.iter().any(|word| word.contains('\0')) {
            return Err(mixed("a program and its arguments cannot contain NUL"));
        }
        let mut words = words.into_iter();
        match words.next() {
            Some(program) if !program.is_empty() => Ok(Self {
                program,
                arguments: words.collect(),
            }),
            _ => Err(mixed("there is no program to run: give `cmd` or `argv`")),
        }
    }

    /// Its words behind those that `env` takes for variables.
    pub fn after_variables(self) -> impl Iterator<Item = String> {
        // A program whose name has a `=` would be one.
        let shell = ["sh", "-c", r#""$@""#, "sh"].map(str::to_owned);
        let shell = self.program.contains('=').then_some(shell);
        shell.into_iter().flatten().chain([self.program]).chain(self.arguments)
    }

    /// How many bytes it has.
    pub fn len(&self) -> usize {
        let arguments: usize = self.arguments.iter().map(|argument| argument.len() + 1).sum();
        self.program.len() + arguments
    }
}

fn mixed(message: &str) -> Fault {
    Fault::new(Code::S001, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(cmd: &str, args: &[&str], argv: Option<&[&str]>) -> Result<Vec<String>, String> {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let command = Command::of(cmd, owned(args), argv.map(owned));
        let command = command.map_err(|fault| fault.message().to_owned())?;
        Ok([vec![command.program], command.arguments].concat())
    }

    #[test]
    fn a_command_is_said_in_one_of_three_ways() {
        for (cmd, args, argv, expected) in [
            ("ls", &["-l", "a b"][..], None, &["ls", "-l", "a b"][..]),
            ("", &[], Some(&["ls", "", "$x;"][..]), &["ls", "", "$x;"]),
            ("ls", &[], None, &["ls"]),
            (
                "ls -l 'a b' \"c\\\"d\" $x; | &",
                &[],
                None,
                &["ls", "-l", "a b", "c\"d", "$x;", "|", "&"],
            ),
            ("  ls\t-l\n", &[], None, &["ls", "-l"]),
            ("ls", &["-l"], Some(&[]), &["ls", "-l"]),
            ("'my program' x", &[], None, &["my program", "x"]),
        ] {
            assert_eq!(words(cmd, args, argv).expect(cmd), expected, "{cmd}");
        }
    }

    #[test]
    fn what_is_no_command_is_refused_in_words() {
        for (cmd, args, argv, expected) in [
            ("", &[][..], None, "no program"),
            ("   ", &[], None, "no program"),
            ("''  ''", &[], None, "no program"),
            ("", &["x"], None, "no program"),
            ("", &[], Some(&[][..]), "no program"),
            ("", &[], Some(&["", "x"]), "no program"),
            ("ls", &[], Some(&["ls"]), "either"),
            ("", &["x"], Some(&["ls"]), "either"),
            ("ls -l", &["x"], None, "several words"),
            ("ls 'x", &[], None, "quote"),
            ("ls", &["a\0b"], None, "NUL"),
        ] {
            let refused = words(cmd, args, argv).expect_err(cmd);
            assert!(refused.contains(expected), "{cmd}: {refused}");
        }
    }
}
