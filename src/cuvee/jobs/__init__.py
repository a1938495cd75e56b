"""Scripts that run by themselves: when somebody says so, at certain times, or after another."""
