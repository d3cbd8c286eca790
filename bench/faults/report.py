def report(args, columns, results): return ""
