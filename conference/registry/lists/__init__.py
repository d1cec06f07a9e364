"""What organisers' lists mean: which kind a sheet is, which column is what, and what each row says. Pure."""
