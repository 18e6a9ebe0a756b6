cd "$t" && pwd -P
