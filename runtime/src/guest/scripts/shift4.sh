shift 4
