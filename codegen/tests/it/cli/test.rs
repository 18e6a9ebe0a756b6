use super::Story;

/// What runs is a story of `new::builds`.
#[test]
fn what_cannot_be_run_is_told() {
    let mut story = Story::begin();
    assert_eq!(story.run(&["test"]), 1);
    story.exemplify();
    assert_eq!(story.run(&["test", "notes"]), 2);
    assert_eq!(story.run(&["test", "spec", "create"]), 2);
    assert_eq!(story.run(&["test"]), 1);
    story.is_told_as("test-refused");
}
