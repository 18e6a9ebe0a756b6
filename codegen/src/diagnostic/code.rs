//! The kinds of problems. A code is stable; the wording of its message is not.

macro_rules! codes {
    ($($variant:ident $name:literal $summary:literal,)*) => {
        /// A kind of problem, with a name that stays the same for ever.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $(#[doc = $summary] $variant,)* }

        impl Code {
            pub const ALL: &[Code] = &[$(Code::$variant,)*];

            /// `M012`.
            pub fn name(self) -> &'static str {
                match self { $(Code::$variant => $name,)* }
            }

            /// Whether only a new document can have it, compared with the old one: found by `refresh`, not by `check`.
            pub fn is_of_refresh(self) -> bool {
                self.name().starts_with("M06")
            }

            /// One line on what the kind is.
            pub fn summary(self) -> &'static str {
                match self { $(Code::$variant => $summary,)* }
            }
        }
    };
}

codes! {
    YamlSyntax "M001" "The file is not YAML, or not JSON",
    DuplicateKey "M002" "A key is given twice",
    UnknownKey "M003" "A key that the format does not have",
    MissingKey "M004" "A key that the format requires is missing",
    WrongShape "M005" "A value of another shape than the format wants",
    UnreadableFile "M006" "A file that is named cannot be read",
    NotOpenApi "M007" "The document is not OpenAPI 3.0, 3.1 or 3.2",
    ExclusiveKeys "M008" "Keys that exclude each other, or none of which one is needed",
    InvalidName "M009" "A name that cannot be used where it stands",
    UnknownFunction "M010" "A function outside the contract that declares no input and output",
    UnknownOperation "M011" "An operation, path or method that the document does not have",
    UnknownParameter "M012" "A parameter that the operation does not have",
    MissingParameter "M013" "A required parameter is not given",
    UnknownBodyField "M014" "A body field that the operation does not have",
    MissingBodyField "M015" "A required body field, or the body, is not given",
    WrongType "M016" "A value of another type than its place takes",
    UnknownResponseField "M017" "A response path that the document does not have",
    NotAnArray "M018" "`[*]` on something that is not an array",
    MayBeAbsent "M019" "A value that may be absent where one is needed",
    UnknownOutput "M020" "An answer field that the function does not have",
    MissingOutput "M021" "A required answer field is not produced",
    UnusedInput "M022" "An input that no step uses and that is not declared as ignored",
    UnknownReference "M023" "A reference to something that does not exist here",
    LaterStep "M024" "A reference to a later step",
    WrongArguments "M025" "An operator with arguments that it does not take",
    UnknownCode "M026" "An S-code that does not exist",
    ShadowedRule "M027" "A status rule that can never match",
    UnknownCapability "M028" "A capability without a mapped function",
    PollWithoutFail "M029" "A poll that names no failing state",
    SlotMismatch "M030" "Slot rules that do not fit the function",
    UnknownTag "M031" "A tag of `sandboxes` or `snapshots` that is needed and not given",
    FalseSuccess "M032" "A status that is taken for the end of a sandbox and does not say so",
    MissingSectionCall "M033" "A call or list of `sandboxes` or `snapshots` that is needed and not given",
    TagMismatch "M034" "A tag that is not given as it is read",
    SameForAll "M035" "A field of `sandboxes` or `snapshots` that tells none from another",
    MixedUnits "M036" "A value in another unit of time than its place says",
    UnlistedValue "M037" "A value that is not among those that the document lists",
    NoEffect "M038" "Something that never takes effect",
    InvalidLiteral "M039" "A text or number that the worker would refuse at each call",
    OverlayWithoutWhy "M040" "An overlay action without `why`",
    OverlayWithoutMatch "M041" "An overlay action that matches or changes nothing",
    OverlayTarget "M042" "An overlay target that is not a JSONPath",
    OverlayClash "M043" "An overlay update that would replace what it is merged with",
    LeftBehind "M044" "Something that a call makes and that nothing takes back",
    UnsupportedConstruct "M050" "A construct of the document that the client generator cannot take",
    ContractSchema "M051" "An input or output schema outside the subset that is supported",
    OperationGone "M060" "An operation that the mapping calls is gone from the new document",
    OperationMoved "M061" "An operation that the mapping calls has another path, method or id in the new document",
    Gone "M062" "A parameter or field that the mapping uses is gone from the new document, or has another name",
    Retyped "M063" "A parameter or field that the mapping uses has another type in the new document",
    NewlyRequired "M064" "A parameter or field that the mapping does not give is required by the new document",
    NewlyNullable "M065" "A field that the mapping needs may be absent in the new document",
    ValueGone "M066" "A value that the mapping relies on is not among those that the new document lists",
    OtherKey "M067" "The new document asks for a key that the mapping does not send",
    ServerMoved "M068" "The server that the mapping calls is another in the new document",
    UnreadPages "M070" "A list that comes in pages, and a mapping that reads one of them",
    EndlessPages "M071" "Pages of which none leads to the next",
    UnreadStream "M075" "An answer that is a stream of events, and a mapping that does not read its end",
    NoStream "M076" "Something that is read of a stream and that it does not have",
    UnreadEnd "M077" "An answer that says the same of every program, whatever became of it",
    Inherited "M078" "Tags that are said to be inherited, and cannot be",
    MisfitExample "M080" "An example that does not fit what it is an example of",
}
