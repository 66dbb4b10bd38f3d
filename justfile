# What is run by hand; `just --list` shows it.

# Formatting, lints and tests, as continuous integration runs them
ci:
    .ci/run

# Every test, or those whose name holds a word
test *words:
    tests/run {{words}}

# Generated files and expected output, written anew
generate:
    UPDATE=1 cargo test --test it

# Figures beside their limits, then what each stage takes
bench:
    benches/run
    cargo bench --bench stages
