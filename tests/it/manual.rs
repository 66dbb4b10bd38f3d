//! The examples in README.md, run by the real program.

#[test]
fn every_example_in_the_readme_is_true() {
    // The tour begins with files that are not there yet.
    let _ = std::fs::remove_dir_all("target/tour");
    trycmd::TestCases::new().case("README.md");
}
