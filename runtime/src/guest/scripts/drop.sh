[ ! -d "$t" ] || drop
