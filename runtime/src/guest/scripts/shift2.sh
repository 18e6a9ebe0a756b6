shift 2
